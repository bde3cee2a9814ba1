"""What is said and done where there are no assets (yet)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tests.ui.user import opened
from tui.graph import AssetGraph
from tui.project.project import Project
from tui.protocol.records import Problem
from tui.runs.queue_files import CLOSED
from tui.runs.values import Run
from tui.ui.panels.empty_tree import no_assets_words
from tui.ui.rows.run_progress import took_words
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.workspace.state import WorkspaceState

PROBLEM = Problem("yaml", "Parsing Error\n  models/a.yml is no YAML.", "models/a.yml", 3)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"phase": "ready"}, "the project has none yet"),
        ({"phase": "parsing"}, "still being parsed"),
        ({"phase": "gone"}, "dbt is not running"),
        ({"phase": "ready", "problems": (PROBLEM,)}, "models/a.yml is no YAML"),
    ],
)
def test_why_there_are_no_assets(facts: dict[str, Any], expected: str) -> None:
    state = WorkspaceState(Project(Path("/p"), "shop"), **facts)
    assert no_assets_words(state).startswith("there are no assets")
    assert expected in no_assets_words(state)


def test_the_latest_run_is_one_that_was_started() -> None:
    dropped = Run("b77c", "cancelled", message=CLOSED, started_at=200.0, finished_at=260.0)
    ran = Run("a3f1", "cancelled", started_at=100.0, finished_at=250.0)
    state = WorkspaceState(Project(Path("/p"), "shop"), runs=(dropped, ran))
    assert state.latest is ran
    assert took_words(dropped, 999.0) == ""
    only = WorkspaceState(Project(Path("/p"), "shop"), runs=(dropped,))
    assert only.latest is dropped


async def test_m_before_there_is_an_asset_is_done_on_the_first_one_as_soon_as_there_is(
    tmp_path: Path,
) -> None:
    shop = sample.shop(tmp_path)
    unread = replace(shop, graph=AssetGraph(), statuses={}, phase="parsing", has_parsed=False)
    async with opened(tmp_path, unread) as user:
        await user.presses("d")
        await user.sees("queued · waiting for the assets to be read; x drops it")
        await user.presses("x", "m")
        assert not user.workspace.plans
        await user.learns(graph=shop.graph, statuses=shop.statuses)
        await user.waits_for(lambda: bool(user.workspace.plans))
        (plan,) = user.workspace.plans
        first = user.app.screen.query_one(AssetTreeView).row
        assert first is not None
        assert first.unique_id in plan.nodes
        assert plan.label == shop.graph.assets[first.unique_id].name


async def test_m_where_there_turns_out_to_be_no_asset_says_so(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    unread = replace(shop, graph=AssetGraph(), statuses={}, phase="parsing", has_parsed=False)
    async with opened(tmp_path, unread) as user:
        await user.presses("m")
        await user.learns(phase="ready", has_parsed=True)
        await user.sees("there are no assets: the project has none yet")
        assert not user.workspace.plans
