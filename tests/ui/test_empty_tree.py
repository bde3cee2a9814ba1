"""What is said where there are no assets. Pure."""

from pathlib import Path
from typing import Any

import pytest

from tui.project.project import Project
from tui.protocol.records import Problem
from tui.runs.queue_files import CLOSED
from tui.runs.values import Run
from tui.ui.panels.empty_tree import no_assets_words
from tui.ui.rows.run_progress import took_words
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
