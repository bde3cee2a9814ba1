"""Runs on the screen, and the way out of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import PATIENCE, opened
from tui.protocol import events
from tui.runs.plan import RunPlan
from tui.ui.screens.runs import RunsScreen
from tui.ui.widgets import chords
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.tab_bar import TabBar

AT = sample.NOW - 34


def logged(workspace: StillWorkspace) -> None:
    """A log with text that would be markup, and a line of ten thousand characters."""
    workspace.write_log(
        "b77c",
        [
            events.LogLine(AT, "info", "Running with dbt=1.11.16"),
            events.LogLine(AT, "debug", "only for the curious"),
            events.LogLine(AT, "warn", "[bold]odd[/] \x1b[31mred\x1b[0m", "model.shop.stg_orders"),
            events.LogLine(AT, "error", sample.ORDERS_ERROR, "model.shop.orders"),
            events.LogLine(AT, "info", "x" * 10_000),
        ],
    )
    (workspace.run_dir("b77c") / "stdout").write_text("printed by a macro\n", encoding="utf-8")


async def test_the_smallest_terminal_shows_a_runs_tabs_and_what_is_in_them(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(40, 12), prepare=logged) as user:
        await user.presses("2", "enter")
        await user.sees("failed", "Errors 1", "orders", "Runtime Error")


async def test_the_runs_stand_newest_first_with_their_command(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("2")
        lines = user.lines
        first = next(i for i, line in enumerate(lines) if "b77c" in line)
        assert "a3f1" in lines[first + 1]
        await user.sees("dbt build --select stg_orders+", "failed", "success", "2 runs")
        await user.presses("1")
        await user.sees("Assets · lineage")


async def test_a_failed_run_opens_at_its_errors_and_has_its_log_and_output(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=logged) as user:
        await user.presses("2", "enter")
        await user.sees("Errors 1", "Binder Error", "models/marts/orders.sql:14", "9fd32a1")
        await user.sees("16 ▸     sum(order_totl) as total", "target/compiled/shop/models")
        await user.sees("2 assets skipped because of it: daily_sales, monthly_revenue")
        await user.presses("right_square_bracket")
        await user.sees("[bold]odd[/] red", "Running with dbt")
        await user.misses("only for the curious")
        await user.presses("D", "D", "D")
        await user.sees("only for the curious")
        await user.presses("right_square_bracket")
        await user.sees("printed by a macro")
        await user.presses("right_square_bracket")
        assert user.app.screen.query_one(TabBar).current == "timeline"
        await user.presses("escape")
        assert isinstance(user.app.screen, RunsScreen)


async def test_enter_in_the_log_on_the_whole_screen_shows_the_asset_in_the_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chords, "WAIT", PATIENCE)  # a busy machine is slower than fingers
    async with opened(tmp_path, prepare=logged) as user:
        await user.presses("L", "L")
        assert user.app.screen.has_class("-log-full")
        await user.presses("left_square_bracket", "e", "enter")
        await user.waits_for(lambda: not user.app.screen.has_class("-log-full"))
        assert user.tree.row is not None
        assert user.tree.row.unique_id == "model.shop.orders"


async def test_r_on_a_run_runs_again_what_failed_and_was_skipped_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("2", "r")
        (plan,) = user.workspace.plans
        assert set(plan.nodes) == {
            "model.shop.orders", "model.shop.daily_sales", "model.shop.monthly_revenue",
        }  # fmt: skip


async def test_the_run_pane_streams_the_log_and_follows_its_end(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    async with opened(tmp_path, state) as user:
        lines = [events.LogLine(AT, "info", f"line {n} of the run") for n in range(500)]
        user.workspace.write_log("c0de", lines)
        await user.learns(parsed_in=0.2)
        await user.waits_for(lambda: "line 499 of the run" in user.screen)
        await user.presses("L", "g")
        await user.sees("line 0 of the run", "not following")
        await user.presses("slash")
        await user.types("line 250 ")
        await user.presses("enter")
        await user.sees("line 250 of the run")
        assert user.app.screen.query_one(LogView).found == 250
        await user.presses("f")
        await user.sees("line 499 of the run")


async def test_a_second_run_waits_visibly_and_can_be_dropped(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    plan = RunPlan("d00d", "build", ("model.shop.customers",), "customers",
                   "dbt build --select customers", asked_at=sample.NOW - 1)  # fmt: skip
    async with opened(tmp_path, replace(state, queue=(plan,))) as user:
        await user.sees("1 run queued: build customers")
        await user.presses("2")
        await user.sees("d00d", "queued", "dbt build --select customers")
        await user.presses("x")
        assert user.workspace.cancelled == ["d00d"]


async def test_waiting_runs_are_moved_on_the_screen_of_runs(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    plans = [
        RunPlan(f"d00{name}", "build", (f"model.shop.{name}",), name, f"dbt build --select {name}")
        for name in "abc"
    ]
    async with opened(tmp_path, replace(state, queue=tuple(plans))) as user:
        await user.presses("2", "j")  # the next one stands lowest
        await user.presses("K", "J", "shift+up", "shift+down")
        assert user.workspace.moved == [("d00b", 1), ("d00b", -1)] * 2
        await user.presses("j", "j", "K")  # a run that goes on cannot be moved
        assert len(user.workspace.moved) == 4


async def test_a_run_that_waits_for_dbt_says_so(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), phase="restarting", has_parsed=False)
    plan = RunPlan("d00d", "build", ("model.shop.customers",), "customers",
                   "dbt build --select customers", asked_at=sample.NOW - 1)  # fmt: skip
    async with opened(tmp_path, replace(state, queue=(plan,))) as user:
        await user.sees("waiting for dbt · 1 run queued: build customers")
        await user.presses("2")
        await user.sees("d00d", "queued", "· waiting for dbt")
        await user.presses("1", "x")
        assert user.workspace.cancelled == ["d00d"]


async def test_leaving_during_a_run_asks_what_becomes_of_it(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    async with opened(tmp_path, state) as user:
        await user.presses("q")
        await user.sees("Quit dbtree", "Wait", "Detach", "Cancel", "Stay")
        await user.presses("s")
        await user.misses("Quit dbtree", "quits when done")
        await user.presses("ctrl+c", "c")
        assert user.workspace.cancelled == ["c0de"]
        await user.sees("Assets · lineage", "quits when done")
        run = replace(state.runs[0], status="cancelled", finished_at=sample.NOW)
        user.workspace.publish(runs=(run, *state.runs[1:]))
        await user.waits_for(lambda: not user.app.is_running or user.app._exit)


async def test_leaving_without_a_run_asks_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("q")
        assert user.app._exit


def instrumented(workspace: StillWorkspace) -> None:
    """A log as dbt writes it, of a model that works and one that fails."""
    model, orders = "model.shop.stg_orders", "model.shop.orders"
    lines = [
        (model, "info", "1 of 2 START sql view model main.stg_orders ... [RUN]", "LogStartLine"),
        (
            model,
            "info",
            "1 of 2 OK created sql view model main.stg_orders ... [OK in 0.40s]",
            "",
        ),
        (
            orders,
            "error",
            "2 of 2 ERROR creating sql table main.orders .. [ERROR in 0.3s]",
            "",
        ),
        *(("", "info", f"line {place}", "") for place in range(60)),
        ("", "warn", "look here", ""),
    ]
    workspace.write_log(
        "b77c", [events.LogLine(AT, level, text, key, name) for key, level, text, name in lines]
    )


async def test_the_log_reads_in_columns_and_its_start_lines_are_shown_by_a_key(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, prepare=instrumented, size=(100, 30)) as user:
        await user.presses("2", "enter", "right_square_bracket", "g")
        await user.sees("ok      0.40s  stg_orders")
        await user.misses("....", "start")
        await user.presses("s")
        await user.sees("start", "with start lines")


async def test_two_keys_go_to_the_errors_of_the_log_and_enter_to_the_asset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chords, "WAIT", PATIENCE)  # a busy machine is slower than fingers
    async with opened(tmp_path, prepare=instrumented, size=(100, 30)) as user:
        await user.presses("2", "enter", "right_square_bracket")
        await user.sees("look here")
        log = user.app.screen.query_one(LogView)
        await user.presses("left_square_bracket", "e", "left_square_bracket", "e")
        await user.sees("2 of 2")
        assert log.found == 1
        await user.presses("right_square_bracket", "e")
        assert log.run_log is not None
        assert log.found == log.run_log.count(log.wanted) - 1
        await user.presses("left_square_bracket", "e", "s")
        await user.sees("start")
        assert log.found == 2  # the same line, now behind a start line
        await user.presses("enter")
        await user.sees("Assets · lineage")
        assert user.tree.chosen == ("model.shop.orders",)


async def test_a_bracket_alone_still_goes_to_the_next_tab_and_e_opens_the_error(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, prepare=instrumented) as user:
        await user.presses("2", "enter", "right_square_bracket")
        await user.sees("look here")
        bar = user.app.screen.query_one(TabBar)
        await user.presses("right_square_bracket", "right_square_bracket")
        await user.waits_for(lambda: bar.current == "timeline")


async def test_a_click_on_an_asset_of_the_log_goes_to_its_row(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=instrumented, size=(120, 40)) as user:
        await user.presses("L", "g")
        await user.sees("0.40s  stg_orders")
        y = next(i for i, line in enumerate(user.lines) if "0.40s  stg_orders" in line)
        await user.pilot.click(offset=(user.lines[y].index("stg_orders") + 2, y))
        await user.waits_for(lambda: user.tree.chosen == ("model.shop.stg_orders",))


async def test_the_question_before_leaving_follows_the_run(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    async with opened(tmp_path, state) as user:
        await user.presses("q")
        await user.sees("Run c0de (build +daily_sales) is running.", "Wait", "Detach")
        run, *others = state.runs
        await user.learns(runs=(replace(run, status="cancelling"), *others))
        await user.sees("Run c0de (build +daily_sales) is stopping.")
        ended = replace(run, status="success", finished_at=sample.NOW)
        await user.learns(runs=(ended, *others))
        await user.sees("Run c0de has ended: success.", " q  Quit", " s  Stay")
        await user.misses("Detach")
        await user.presses("w")  # typed just before the run ended
        await user.waits_for(lambda: user.app._exit)


async def test_leaving_with_only_a_queue_says_that_it_will_not_run(tmp_path: Path) -> None:
    plan = RunPlan("d00d", "build", ("model.shop.customers",), "customers", "dbt build")
    state = replace(sample.shop(tmp_path), queue=(plan,))
    async with opened(tmp_path, state) as user:
        await user.presses("q")
        await user.sees("1 queued run will start only if you wait", "what is queued will not run")
        await user.misses("Detach")
        await user.presses("q")
        await user.waits_for(lambda: user.app._exit)
