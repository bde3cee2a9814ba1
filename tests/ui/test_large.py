"""A project so large that a look at all of it takes longer than a frame: keys go on meanwhile."""

from pathlib import Path

import pytest

import tui.graph.asset_graph
import tui.ui.screens.materialize_actions
import tui.ui.screens.plan_actions
from tests.ui import sample
from tests.ui.user import opened
from tui.runs.plan import Scope, plan_build
from tui.tree import Sort, View
from tui.ui.asset_page import lineage_tab
from tui.ui.screens.plan import PlanScreen


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every project is large, and every run of it is one of many assets."""
    monkeypatch.setattr(tui.graph.asset_graph, "LARGE", 0)
    for module in (tui.ui.screens.materialize_actions, tui.ui.screens.plan_actions):
        monkeypatch.setattr(module, "FEW", 0)


async def test_keys_that_build_plan_what_they_do_in_a_small_project(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        graph = user.workspace.state.graph
        await user.highlights("orders")
        for key, scope in (("m", Scope.ONLY), ("d", Scope.DOWNSTREAM), ("M", Scope.ALL)):
            await user.presses(key)
            await user.waits_for(lambda: bool(user.workspace.plans), "nothing was planned")
            plan = user.workspace.plans.pop()
            expected = plan_build(graph, ["model.shop.orders"], scope)
            assert (plan.nodes, plan.label) == (expected.nodes, expected.label)
        await user.presses("S")
        await user.waits_for(lambda: bool(user.workspace.plans), "nothing was planned")
        assert user.workspace.plans[0].label == "stale (3)"
        await user.misses("planning")


async def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("web.sessions")
        await user.presses("P")
        await user.sees("web.sessions is a source")
        assert not user.workspace.plans


async def test_enter_runs_the_plan_that_was_wished_last_however_soon_it_comes(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("P")
        await user.waits_for(lambda: isinstance(user.app.screen, PlanScreen))
        await user.pilot.press("d", "f", "f", "enter")
        await user.waits_for(lambda: bool(user.workspace.plans), "nothing was planned")
        assert user.workspace.plans[0].dbt_line == "dbt build --select orders+"


async def test_views_and_orders_come_with_folds_filter_and_cursor(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("customers")
        await user.presses("v")
        await user.sees("Assets · folders")
        await user.waits_for(lambda: user.tree.asset_tree.view is View.FOLDERS)
        assert user.tree.row is not None
        assert user.tree.row.label == "customers"
        # Two more before the first of them is arranged: each goes on from the one before.
        await user.pilot.press("O", "O", "v")
        await user.waits_for(
            lambda: (
                (user.tree.asset_tree.view, user.tree.asset_tree.sort) == user.tree.arrangement
                and user.tree.asset_tree.sort is Sort.AGE
                and user.tree.asset_tree.view is View.TAG
            )
        )
        assert user.tree.row.label == "customers"


async def test_a_graph_that_comes_while_a_view_is_arranged_is_arranged_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        state = user.workspace.state
        more = sample.graph_of("raw_orders -> stg_orders -> brand_new")
        user.tree.show_view(View.FOLDERS)
        await user.learns(state, graph=more)
        await user.waits_for(lambda: user.tree.asset_tree.view is View.FOLDERS)
        await user.sees("brand_new")
        await user.misses("newsletter_audience")


async def test_a_selection_is_lit_and_marked(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("+customers")
        await user.sees("assets · ")
        await user.presses("enter")
        await user.waits_for(lambda: bool(user.tree.marks), "nothing is marked")
        graph = user.workspace.state.graph
        assert user.tree.marks == graph.ancestors(["model.shop.customers"]) | {
            "model.shop.customers"
        }


async def test_the_map_of_a_hub_is_drawn_and_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage_tab, "MANY", 2)
    monkeypatch.setattr(lineage_tab, "MOST", 6)
    async with opened(tmp_path, size=(150, 40)) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await user.sees("assets ▸ orders")
        await user.presses(*["right_square_bracket"] * 7)
        await user.sees("1 step each way")  # all within two steps would be more than six
        await user.presses("right")
        await user.presses("enter")
        await user.misses("assets ▸ orders")
