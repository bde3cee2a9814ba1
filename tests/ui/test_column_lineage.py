"""The lineage of a column, on the Columns tab of the asset's page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, goes_to, page_of, stock
from tests.ui.user import opened
from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.tracing import trace
from tui.column_lineage.values import Query, Relation, TracedAsset, TracedColumn

STAGING, DAILY, RAW = "model.shop.stg_orders", "model.shop.daily_sales", "seed.shop.raw_orders"
SQL = {
    STAGING: "select id as order_id, cents / 100 as total from shop.main.raw_orders",
    ORDERS: "select order_id, sum(total) as total from shop.main.stg_orders group by 1",
    DAILY: "select sum(total) as revenue from shop.main.orders",
}
COLUMNS = {RAW: ("id", "cents"), STAGING: ("order_id", "total"), ORDERS: ("order_id", "total")}


def lineage() -> ColumnGraph:
    """The columns of a part of the shop, traced; of monthly_revenue nobody knows."""
    relations = {
        f"shop.main.{key.rpartition('.')[2]}": Relation(key, key.rpartition(".")[2], names)
        for key, names in COLUMNS.items()
    }
    traced = {key: trace(Query(sql, "duckdb", relations)) for key, sql in SQL.items()}
    traced[RAW] = TracedAsset(tuple(TracedColumn(name, "pass-through") for name in COLUMNS[RAW]))
    traced["model.shop.monthly_revenue"] = TracedAsset(problem="It is too odd.", is_whole=False)
    return ColumnGraph(traced, is_complete=True)


def traced(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.state = replace(workspace.state, columns=lineage())


async def test_the_column_under_the_cursor_says_where_it_comes_from_and_who_uses_it(
    tmp_path: Path,
) -> None:
    async with page_of(tmp_path, prepare=traced) as user:
        await goes_to(user, "columns", "comes from 2 columns of 2 assets")
        assert user.workspace.traces, "only who looks has columns traced"
        await user.sees("order_id · pass-through", "stg_orders.order_id", "raw_orders.id")
        await user.presses("j")
        await user.sees("total · computed", "= SUM(total)", "cents / 100", "daily_sales.revenue")
        await user.sees("weekly_report", "? monthly_revenue", "It is too odd.")


async def test_the_arrows_walk_from_column_to_column_and_back(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=traced) as user:
        await goes_to(user, "columns", "comes from")
        await user.presses("j", "right", "right")
        await user.sees("stg_orders.total · computed", "= cents / 100")
        await user.presses("right")
        await user.sees("raw_orders.cents · column of a seed", "used by 3 columns of 3 assets")
        await user.presses("left", "left")
        await user.sees("total · computed", "= SUM(total)")
        await user.misses("stg_orders.total · computed")
        await user.presses("left", "k")
        await user.sees("order_id · pass-through")


async def test_enter_opens_the_page_of_an_asset_on_that_column(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=traced) as user:
        await goes_to(user, "columns", "comes from")
        await user.presses("j", "enter", "enter")
        await user.waits_for(lambda: "assets ▸ stg_orders" in user.screen)
        await user.waits_for(lambda: "total · computed" in user.screen)
        await user.sees("= cents / 100")


async def test_esc_leaves_the_lineage_before_it_leaves_the_page(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=traced) as user:
        await goes_to(user, "columns", "comes from")
        await user.presses("enter", "right")
        await user.sees("stg_orders.order_id · renamed")
        await user.presses("escape")
        await user.sees("order_id · pass-through", "assets ▸ orders")
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_until_it_is_read_that_is_said(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "columns", "its SQL is being read")
        user.workspace.publish(columns=lineage())
        await user.waits_for(lambda: "stg_orders.order_id" in user.screen)
        broken = ColumnGraph({}, True, "Columns cannot be traced: no room.")
        user.workspace.publish(columns=broken)
        await user.waits_for(lambda: "Columns cannot be traced: no room." in user.screen)


async def test_a_wide_terminal_has_both_beside_each_other(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=traced, size=(200, 50)) as user:
        await goes_to(user, "columns", "comes from")
        place = next(line for line in user.lines if "comes from" in line)
        assert "order_id  integer" in place[:50], "the list of columns is on the left"
        top = next(line for line in user.lines if "order_id · pass-through" in line)
        assert top.index("order_id · pass-through") > 90


async def test_the_plan_and_why_tell_what_a_changed_column_reaches(tmp_path: Path) -> None:
    def edited(workspace: StillWorkspace) -> None:
        traced(workspace)
        columns = lineage()
        was = columns.assets[STAGING].columns[1]
        before = replace(columns.assets[STAGING], columns=(
            columns.assets[STAGING].columns[0], replace(was, expression="cents")))  # fmt: skip
        with_before = ColumnGraph(columns.assets, True, before={STAGING: before})
        workspace.state = replace(workspace.state, columns=with_before)

    async with opened(tmp_path, prepare=edited, size=(160, 50)) as user:
        await user.highlights("stg_orders")
        await user.presses("P")
        await user.waits_for(lambda: "Changed columns" in user.screen)
        await user.sees("stg_orders.total changed: cents → cents / 100")
        await user.sees("reaches 2 columns of 2 assets: daily_sales.revenue, orders.total")
        await user.sees("weekly_report")
