"""How the screen looks, in a few telling states with a fixed clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tui.protocol import events
from tui.ui.app import DbtreeApp
from tui.ui.theme.glyphs import UNICODE
from tui.workspace.state import WorkspaceState

LINES = (
    ("info", "", "Running with dbt=1.11.16"),
    ("info", "model.shop.stg_orders", "1 of 4 START sql view model main.stg_orders .... [RUN]"),
    ("info", "model.shop.stg_orders", "1 of 4 OK created sql view model ....... [OK in 0.40s]"),
    ("error", "model.shop.orders", sample.ORDERS_ERROR),
)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(root: Path, change: Callable[[WorkspaceState], WorkspaceState] | None = None) -> Any:
    """The app with the shop, in a state."""
    state = sample.shop(root)
    workspace = StillWorkspace(change(state) if change else state, root / "runs")
    state.project.state_dir.mkdir(parents=True, exist_ok=True)
    for run_id in ("b77c", "c0de"):
        lines = [
            events.LogLine(sample.NOW - 34 + place, level, text, key)
            for place, (level, key, text) in enumerate(LINES)
        ]
        workspace.write_log(run_id, lines)
    return DbtreeApp(workspace, clock=lambda: sample.NOW, glyphs=UNICODE)


def test_after_a_run_that_went_wrong(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=(130, 40))


def test_while_a_run_goes_on(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path, sample.running), terminal_size=(130, 40))


def test_while_a_file_is_broken(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path, sample.broken), terminal_size=(130, 40))


def test_on_a_small_terminal(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=(80, 24), press=["G", "k", "k"])


def test_in_the_light_theme(snap_compare: Any, tmp_path: Path) -> None:
    app = shown(tmp_path, sample.running)
    app.theme = "dbtree-light"
    assert snap_compare(app, terminal_size=(130, 40), press=["j", "slash", "o", "r", "enter"])


def test_the_page_of_a_failed_run(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=(110, 32), press=["2", "enter"])
