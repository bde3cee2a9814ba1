"""The options of a run on the sheet of its plan, before it runs."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.runs.run_options import RunOptions
from tui.ui.panels.plan_options import add_options
from tui.ui.panels.sheet import Sheet
from tui.ui.screens.plan import PlanScreen


async def test_options_are_switched_and_typed_and_the_run_gets_exactly_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("stg_orders")
        await user.presses("P", "d", "e", "F")
        await user.sees("--empty --fail-fast", "e empty on", "stays stale")
        await user.presses("n", "x")
        await user.sees("'x' is not a number of threads")
        await user.presses("backspace", "6", "enter")
        await user.sees("--threads 6")
        await user.presses("x")
        await user.types("orders+")
        await user.sees("dbt build --select stg_orders+ --exclude orders+ --empty")
        await user.presses("enter", "v")
        await user.types("{n")
        await user.presses("enter")
        await user.sees("Variables are YAML")
        await user.types(": 2}")
        await user.presses("enter")
        await user.sees("parses the whole project before it builds")
        await user.presses("enter")
        (plan,) = user.workspace.plans
        assert (plan.flags, plan.threads, plan.vars) == (("--empty", "--fail-fast"), 6, "{n: 2}")
        assert "model.shop.stg_orders" in plan.nodes
        assert "model.shop.orders" not in plan.nodes
        assert plan.dbt_line == (
            "dbt build --select stg_orders+ --exclude orders+ --empty --fail-fast --threads 6 "
            "--vars '{n: 2}'"
        )


async def test_esc_leaves_an_option_as_it_was_and_a_dbt_without_it_says_so(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    assert shop.engine is not None
    older = replace(shop, engine=replace(shop.engine, dbt_version="1.9.1"))
    async with opened(tmp_path, older) as user:
        await user.highlights("orders")
        await user.presses("P", "s")
        await user.sees("--sample needs dbt 1.10; this is dbt 1.9.1.")
        await user.presses("less_than_sign")
        await user.sees("No microbatch model is in this plan.")
        await user.presses("n", "9")
        await user.sees("--threads 9")
        await user.presses("escape")
        await user.misses("--threads 9")
        assert isinstance(user.app.screen, PlanScreen)


async def test_the_event_time_of_microbatch_models_is_typed_from_end_to_end(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    orders = shop.graph.assets["model.shop.orders"]
    config = '{"incremental_strategy":"microbatch","materialized":"incremental"}'
    changed = orders._replace(fingerprint=orders.fingerprint._replace(config=config))
    graph = replace(shop.graph, assets={**shop.graph.assets, orders.unique_id: changed})
    async with opened(tmp_path, replace(shop, graph=graph)) as user:
        await user.highlights("orders")
        await user.presses("P", "less_than_sign")
        await user.types("2024-01-03")
        await user.presses("enter")
        await user.types("2024-01-02")
        await user.sees("must start before it ends")
        await user.presses("backspace", "5", "enter", "enter")
        (plan,) = user.workspace.plans
        assert plan.flags == (
            "--event-time-start", "2024-01-03", "--event-time-end", "2024-01-05",
        )  # fmt: skip


def test_no_option_is_broken_in_the_middle_where_there_is_little_room():
    sheet = Sheet(30)
    add_options(sheet, RunOptions(threads=4), session_threads=2)
    lines = sheet.content().plain.splitlines()
    assert "f full refresh off" in [line.split("   ")[0] for line in lines]
    assert all(len(line) <= 30 for line in lines)
