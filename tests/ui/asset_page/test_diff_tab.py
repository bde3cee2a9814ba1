"""The Diff tab, with keys."""

from __future__ import annotations

from pathlib import Path

from tests.ui import sample
from tests.ui.asset_page.diffs import ORDERS, found
from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import page_of, stock
from tests.ui.user import opened
from tui.errors import EngineError
from tui.graph import GraphChanges

NONE_YET = "There is no baseline of orders: have one taken before its next build."


def prepare(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.data_diffs[""] = found(sample.NOW)
    workspace.data_diffs["prod"] = EngineError("Target prod is on another server.")


async def test_a_key_in_the_tree_shows_what_differs(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("D")
        await user.sees("+14 added", "7 values differ", "26.90 → 27.90")
        await user.presses("slash")
        await user.types("prod")
        await user.presses("enter")
        await user.sees("Target prod is on another server.")
        assert user.workspace.diffed == [(ORDERS, "", ()), (ORDERS, "prod", ())]


async def test_the_key_columns_can_be_typed(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=prepare) as user:
        await user.presses("D")
        await user.sees("+14 added")
        await user.presses("K")
        await user.types("order_id, channel")
        await user.presses("enter")
        await user.waits_for(lambda: len(user.workspace.diffed) == 2)
        assert user.workspace.diffed[-1] == (ORDERS, "", ("order_id", "channel"))


async def test_without_a_baseline_a_key_has_one_taken(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        user.workspace.data_diffs[""] = EngineError(NONE_YET)
        await user.presses("D")
        await user.sees("There is no baseline to compare with yet.")
        await user.presses("A")
        await user.sees("The next build takes a baseline first")
        assert user.workspace.state.baselines == {ORDERS}
        await user.presses("A")
        await user.sees("There is no baseline to compare with yet.")
        assert not user.workspace.state.baselines


async def test_marked_assets_are_armed_by_a_command(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("space", "colon")
        await user.types("diff arm")
        await user.presses("enter")
        await user.sees("taken before each build")
        assert user.workspace.state.baselines == {ORDERS}


async def test_of_what_python_makes_the_metadata_is_compared(tmp_path: Path) -> None:
    def python(workspace: StillWorkspace) -> None:
        prepare(workspace)
        state = workspace.state
        asset = state.graph.assets[ORDERS]._replace(resource_type="python", relation="")
        graph = state.graph.apply(GraphChanges((asset,)))
        workspace.publish(graph=graph)

    async with opened(tmp_path, prepare=python) as user:
        await user.highlights("orders")
        await user.presses("D")
        await user.sees("→ run a300", "the data is where the function put it")
        assert user.workspace.diffed == []
