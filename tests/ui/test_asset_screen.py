"""The asset's page, as its user meets it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.test_keys_in_order import types_at_once
from tests.ui.user import User, opened
from tui.errors import DatabaseBusy, EngineError
from tui.graph import CheckResult, Fingerprint
from tui.protocol.messages import Inspected, Previewed
from tui.ui.asset_page import data_tab, history_tab
from tui.ui.asset_page.plots import plot
from tui.ui.widgets.rows_table import RowsTable

ORDERS = "model.shop.orders"
PRODUCTS = "model.shop.products"
UNIQUE_SKU = "test.shop.unique_sku_products"
SOURCE = """
select
    order_id,
    sum(order_totl) as total
from {{ ref('stg_orders') }}
"""
FACTS: dict[str, Any] = {
    "description": "Each order **once**, with [b]all[/b] that belongs to it.",
    "raw_code": SOURCE.strip(),
    "compiled_code": SOURCE.strip().replace(
        "{{ ref('stg_orders') }}", '"shop"."main"."stg_orders"'
    ),
    "config": {"materialized": "table", "tags": ["nightly"], "enabled": True},
    "config_sources": {"materialized": "dbt_project.yml:12"},
    "columns": [
        {"name": "order_id", "type": "integer", "description": "Its key.", "tests": ["unique"]},
        {"name": "status", "description": "Where it is."},
    ],
}
COLUMNS = [["order_id", "INTEGER"], ["total", "DECIMAL(38,2)"]]
ROWS: list[list[str | None]] = [[str(1000 + number), f"{number * 7}.50"] for number in range(30)]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def stock(workspace: StillWorkspace) -> None:
    """What dbt, the database and the history know of orders and products."""
    workspace.facts[ORDERS] = FACTS
    workspace.facts[UNIQUE_SKU] = {"compiled_code": "select sku\nfrom products\ngroup by sku"}
    workspace.relations[ORDERS] = Inspected(0, ORDERS, "", True, "table", COLUMNS, 1234)
    workspace.rows[ORDERS] = Previewed(
        0, ORDERS, [name for name, _ in COLUMNS], [kind for _, kind in COLUMNS], ROWS
    )
    workspace.rows[UNIQUE_SKU] = Previewed(
        0, UNIQUE_SKU, ["sku", "n"], ["VARCHAR", "BIGINT"], [["SO-1", "2"], [None, "3"]]
    )
    built = workspace.state.history.built[ORDERS]
    workspace.records[ORDERS] = [
        replace(
            built, run_id=f"{0xA300 + number:x}", finished_at=built.finished_at - number * 86_400,
            duration=0.5 + number % 3 * 0.2, row_count=1234 - number * 12,
            columns=tuple((name, kind) for name, kind in COLUMNS[: 2 if number < 2 else 1]),
            fingerprint=Fingerprint("s", "c" if number < 2 else "d"),
        )
        for number in range(20)
    ]  # fmt: skip
    workspace.results[UNIQUE_SKU] = [
        CheckResult(UNIQUE_SKU, "dev", "a3f1", status, sample.NOW - 100 * number, 0.03, failures)
        for number, (status, failures) in enumerate([("fail", 2), ("fail", 1), ("pass", 0)])
    ]


@asynccontextmanager
async def page_of(
    root: Path,
    name: str = "orders",
    *,
    prepare: Callable[[StillWorkspace], None] = stock,
    **more: Any,
) -> Any:
    """The page of an asset, opened from the tree."""
    async with opened(root, prepare=prepare, **more) as user:
        await user.highlights(name)
        await user.presses("enter")
        await user.waits_for(lambda: "Overview" in user.screen)
        yield user


async def goes_to(user: User, tab: str, sees: str) -> None:
    """Press the key of the next tab until this one is shown, and wait for what it says."""
    for _ in range(8):
        if user.app.screen.query_one("TabBar").current == tab:  # type: ignore[attr-defined]
            break
        await user.presses("right_square_bracket")
    await user.waits_for(lambda: sees in user.screen)


async def test_enter_opens_the_page_and_esc_goes_back_to_the_tree(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.sees("assets ▸ orders", "✗ failed", "Binder Error", "shop.main.orders")
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_the_overview_shows_the_description_as_markdown_and_no_markup(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.waits_for(lambda: "Each order once, with [b]all[/b]" in user.screen)


async def test_each_value_of_the_configuration_says_where_it_was_set(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.waits_for(lambda: "dbt_project.yml:12" in user.screen)
        await user.sees("By default", "enabled=true")


async def test_why_it_is_stale_is_told_from_the_root_cause_down(tmp_path: Path) -> None:
    async with page_of(tmp_path, "newsletter_audience") as user:
        await user.sees("because  SQL edited · customers")


async def test_source_and_compiled_stand_side_by_side_with_the_error_at_its_line(
    tmp_path: Path,
) -> None:
    def prepare(workspace: StillWorkspace) -> None:
        stock(workspace)
        workspace.facts[ORDERS] = {
            **FACTS, "compile_problem": "order_totl is no column",
            "compile_problem_at": ["models/marts/orders.sql", 3],
        }  # fmt: skip

    async with page_of(tmp_path, prepare=prepare) as user:
        await goes_to(user, "sql", "order_totl is no column")
        await user.sees("Source", "Compiled", '"shop"."main"."stg_orders"')
        lines = user.lines
        place = next(i for i, line in enumerate(lines) if "sum(order_totl)" in line)
        assert "order_totl is no column" in lines[place + 1]


async def test_on_a_narrow_terminal_c_shows_the_other_one_of_the_two(tmp_path: Path) -> None:
    async with page_of(tmp_path, size=(80, 24)) as user:
        await goes_to(user, "sql", "ref('stg_orders')")
        await user.misses('"main"."stg_orders"')
        await user.presses("c")
        await user.sees('"main"."stg_orders"')
        await user.presses("c")
        await user.misses('"main"."stg_orders"')


async def test_columns_tell_how_they_differ_from_the_database(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "columns", "+ 1 not declared")
        await user.sees("- 1 not in the database", "decimal(38,2)", "Its key.")


async def test_a_database_that_is_in_use_is_told_and_asked_again(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        user.workspace.relations[ORDERS] = DatabaseBusy("shop.duckdb is in use by psql (PID 7).")
        await goes_to(user, "data", "shop.duckdb is in use by psql (PID 7).")
        user.workspace.relations[ORDERS] = Inspected(0, ORDERS, "", True, "table", COLUMNS, 1234)
        await user.waits_for(lambda: "1007" in user.screen)


async def test_rows_are_filtered_and_ordered_as_one_types(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        await user.sees("30 rows", "2 columns", "integer", "order_id  1000")
        await user.presses("slash", *"total > 9", "enter")
        await user.presses("s", *"total desc", "enter")
        asked = (ORDERS, 200, "total > 9", "total desc")
        await user.waits_for(lambda: user.workspace.previews[-1] == asked)


async def test_a_slow_database_loses_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second question is typed while the first waits: that is given up, nothing else is."""
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        inspect, waited = user.workspace.inspect, []

        async def slow(unique_id: str) -> Inspected:
            waited.append(unique_id)
            if len(waited) == 1:
                await asyncio.Event().wait()
            return await inspect(unique_id)

        monkeypatch.setattr(user.workspace, "inspect", slow)
        types_at_once(user, "/total > 9\rstotal desc\r")
        asked = (ORDERS, 200, "total > 9", "total desc")
        await user.waits_for(lambda: user.workspace.previews[-1] == asked)
        assert len(waited) == 2


async def test_a_read_that_takes_long_is_stopped_and_one_that_nobody_sees_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_tab, "SLOW", 0.0)
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        user.workspace.rows[ORDERS] = asyncio.Event()
        engine = user.workspace.state.engine
        assert engine is not None
        user.workspace.publish(engine=replace(engine, single_writer=False))
        await user.sees("esc stops it")
        await user.presses("escape")
        await user.sees("It was stopped.")
        assert user.workspace.stops == [ORDERS]
        user.workspace.rows[ORDERS] = asyncio.Event()
        monkeypatch.setattr(data_tab, "SLOW", 1000.0)
        await user.presses("ctrl+r")
        await user.sees("reading")
        await user.presses("escape")
        await user.sees("Assets · lineage")
        await user.waits_for(lambda: user.workspace.stops == [ORDERS, ORDERS])


async def test_rows_are_exported_to_a_file_of_the_project(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        await user.presses("E", "enter")
        await user.waits_for(lambda: bool(user.workspace.exports))
        assert user.workspace.exports == [(ORDERS, tmp_path / "orders.csv", "", "")]
        await user.waits_for(lambda: "220 rows written to" in user.screen)


async def test_what_the_database_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    def prepare(workspace: StillWorkspace) -> None:
        stock(workspace)
        workspace.rows[ORDERS] = EngineError("[b]Parser Error[/b] near 'total >'")

    async with page_of(tmp_path, prepare=prepare) as user:
        await goes_to(user, "data", "[b]Parser Error[/b] near 'total >'")


async def test_a_line_is_left_where_there_are_no_rows_to_go_to(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        user.workspace.rows[ORDERS] = EngineError("no column nope")
        await user.presses("slash", *"nope", "enter")
        await user.waits_for(lambda: "no column nope" in user.screen)
        await user.presses("slash", "x", "escape", "P")
        await user.sees("Plan · orders")
        await user.presses("escape", "slash", "ctrl+u", "enter")
        user.workspace.rows[ORDERS] = Previewed(0, ORDERS, ["a"], ["INTEGER"], [["7"]])
        await user.presses("ctrl+r")
        await user.waits_for(lambda: "1 row" in user.screen)
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_a_failed_check_shows_its_past_its_rows_and_its_sql(tmp_path: Path) -> None:
    async with page_of(tmp_path, "products") as user:
        await goes_to(user, "checks", "SO-1")
        await user.sees("✓✗✗", "failing rows 1, 2", "Failing rows 2 rows", "group by sku", "null")


async def test_failing_rows_that_nobody_waits_for_any_more_are_not_read(tmp_path: Path) -> None:
    async with page_of(tmp_path, "products") as user:
        user.workspace.rows[UNIQUE_SKU] = asyncio.Event()
        await goes_to(user, "checks", "reading the failing rows")
        assert user.workspace.stops == []
        await user.presses("escape")
        await user.waits_for(lambda: user.workspace.stops == [UNIQUE_SKU])


async def test_failing_rows_are_offered_only_where_there_are_any(tmp_path: Path) -> None:
    async with page_of(tmp_path, "products") as user:
        await goes_to(user, "checks", "Failing rows 2 rows")
        await user.waits_for(lambda: "failing rows" in user.lines[-1])
        await user.presses("enter")
        assert isinstance(user.app.focused, RowsTable)
    async with page_of(tmp_path, "orders") as user:
        await goes_to(user, "checks", "accepted_values status")
        assert "failing rows" not in user.lines[-1]
        await user.presses("enter")
        assert not isinstance(user.app.focused, RowsTable)


async def test_enter_on_a_check_in_the_tree_opens_the_page_at_it(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=stock) as user:
        await user.highlights("orders")
        await user.presses("l")
        await user.highlights("accepted_values status")
        await user.presses("enter")
        await user.waits_for(lambda: "╭─ accepted_values status" in user.screen)


async def test_the_history_tells_what_each_materialization_changed(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "history", "+total")
        await user.sees("Duration", "Rows  1.2k", "+12", "SQL", "a300")


@pytest.mark.parametrize("columns", [130, 64, 30])
async def test_the_plots_of_the_history_are_made_for_the_width_that_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    widths = set()

    def note(*arguments: Any, width: int, **options: Any) -> Content:
        widths.add(width)
        return plot(*arguments, width=width, **options)

    monkeypatch.setattr(history_tab, "plot", note)
    async with opened(tmp_path, prepare=stock, size=(columns, 40)) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await goes_to(user, "history", "Duration")
        views = user.app.screen.query(history_tab.PlotView)
        assert widths == {view.content_size.width for view in views}


async def test_the_lineage_is_walked_with_the_arrows_and_enter_opens_a_neighbour(
    tmp_path: Path,
) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "lineage", "each way")
        await user.sees("stg_orders", "products", "daily_sales")
        await user.presses("left", "enter")
        await user.waits_for(lambda: "assets ▸ orders" not in user.screen)
        await user.sees("assets ▸ ", "each way")


async def test_deeper_shows_more_and_shallower_less(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "lineage", "2 steps each way")
        await user.presses("minus")
        await user.sees("1 step each way")
        await user.misses("raw_orders")
        await user.presses("plus", "plus")
        await user.sees("3 steps each way", "raw_orders")


async def test_m_on_the_page_materializes_its_asset(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.presses("m", "d")
        assert [plan.label for plan in user.workspace.plans] == ["orders", "orders+"]


async def test_the_status_on_the_page_is_live(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.learns(sample.running(user.workspace.state))
        await user.waits_for(lambda: "running" in user.lines[1])


async def test_an_asset_that_is_deleted_is_said_to_be_gone(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        graph = user.workspace.state.graph
        left = {key: asset for key, asset in graph.assets.items() if key != ORDERS}
        await user.learns(graph=type(graph)(left, {}))
        await user.sees("no longer in the project")
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_a_source_and_an_exposure_have_only_the_tabs_that_mean_something(
    tmp_path: Path,
) -> None:
    async with page_of(tmp_path, "web.sessions") as user:
        await user.misses("SQL", "History")
        await user.sees("Data", "Columns")
        await user.presses("escape")
        await user.highlights("weekly_report")
        await user.presses("enter")
        await user.waits_for(lambda: "assets ▸ weekly_report" in user.screen)
        await user.misses("Columns", "Data", "History")


async def test_y_copies_the_compiled_sql(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await user.presses("y")
        await user.sees("Compiled SQL", "dbt build --select orders")
        await user.presses("c")
        await user.waits_for(lambda: user.app.clipboard.startswith("select"))
        assert '"main"."stg_orders"' in user.app.clipboard
