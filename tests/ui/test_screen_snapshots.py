"""How the screens look that are opened over the tree, and the tree at three widths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.test_schedules_screen import TABLES, scheduled
from tests.ui.test_snapshots import _utc, shown
from tui.ui.app import DbtreeApp
from tui.ui.screens.assets import AssetsScreen

__all__ = ["_utc"]

WIDTHS = ((80, 24), (130, 40), (200, 60))
USUAL = (130, 40)
SMALL = (80, 24)


def doing(*steps: str, on: str = "", until: str = "") -> Callable[[Pilot[None]], Awaitable[None]]:
    """What puts the cursor on an asset, presses keys (or types `"text`) and waits for a text."""

    async def do(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await pilot.pause()
        app = cast(DbtreeApp, pilot.app)
        if on:
            assert isinstance(app.screen, AssetsScreen)
            app.screen.tree_view.show(f"model.shop.{on}")
            await pilot.pause()
        for step in steps:
            await pilot.press(*(step[1:] if step.startswith('"') else (step,)))
            await pilot.pause()
        for _ in range(500):
            bodies = app.screen.query("#body").results(Static)
            if not until or any(until in str(body.content) for body in bodies):
                break
            await pilot.pause(0.01)
        else:
            raise AssertionError(f"{until} never came")
        await pilot.pause()
        for field in app.screen.query("Input"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    return do


@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_tree_at_three_widths(size: tuple[int, int], snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=size, run_before=doing(on="customers"))


def test_a_selection_while_it_is_typed(snap_compare: Any, tmp_path: Path) -> None:
    typing = doing("s", '"+orders tag:')
    assert snap_compare(shown(tmp_path), terminal_size=USUAL, run_before=typing)


def test_a_selection_with_a_mistake(snap_compare: Any, tmp_path: Path) -> None:
    typing = doing("s", '"+orders xyzzy:nightly')
    assert snap_compare(shown(tmp_path), terminal_size=SMALL, run_before=typing)


def test_a_selection_of_what_is_folded_away(snap_compare: Any, tmp_path: Path) -> None:
    typing = doing("minus", "s", '"tag:nightly')
    assert snap_compare(shown(tmp_path), terminal_size=SMALL, run_before=typing)


@pytest.mark.parametrize("size", [SMALL, USUAL], ids=("small", "usual"))
def test_the_plan_of_a_full_refresh(
    size: tuple[int, int], snap_compare: Any, tmp_path: Path
) -> None:
    planning = doing("P", "d", "f", on="orders", until="Drops")
    assert snap_compare(shown(tmp_path), terminal_size=size, run_before=planning)


def test_why_an_asset_is_stale(snap_compare: Any, tmp_path: Path) -> None:
    asking = doing("w", on="newsletter_audience")
    assert snap_compare(shown(tmp_path), terminal_size=USUAL, run_before=asking)


def test_what_a_save_can_do(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=SMALL, run_before=doing("a", on="orders"))


def test_the_command_line(snap_compare: Any, tmp_path: Path) -> None:
    typing = doing("colon", '"view ')
    assert snap_compare(shown(tmp_path), terminal_size=USUAL, run_before=typing)


def test_the_keys(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=SMALL, run_before=doing("question_mark"))


def test_the_schedules(snap_compare: Any, tmp_path: Path) -> None:
    app = shown(tmp_path)
    scheduled(TABLES)(app.workspace)
    assert snap_compare(app, terminal_size=USUAL, run_before=doing("3"))
