"""The palette and the help: a command is found by typing, and runs on the screen below."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.user import opened
from tui.ui.commands import COMMANDS
from tui.ui.rows.command_rows import command_rows, draw_command_row
from tui.ui.rows.segments import size_of
from tui.ui.screens.help import HelpScreen


def found(text: str) -> list[str]:
    return [row.command.id for row in command_rows(COMMANDS, text) if row.command]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("m", "materialize"),
        ("full ref", "full-refresh"),
        ("quit", "leave"),
        ("theme", "themes"),
        ("^t", "target"),
        ("failing rows", "check-rows"),
    ],
)
def test_a_command_is_found_by_its_key_its_title_or_what_it_does(text: str, first: str) -> None:
    assert found(text)[0] == first


def test_rows_stand_in_groups_those_of_the_screen_first() -> None:
    rows = command_rows(COMMANDS, scopes=("run",))
    groups = [row.title for row in rows if row.command is None]
    assert groups[0] == "Runs"
    assert len(groups) == len(set(groups))


def test_groups_of_which_most_is_for_other_screens_come_after_the_screens_own() -> None:
    scopes = ("partition-list", "record-list", "partitions", "app")
    groups = [row.title for row in command_rows(COMMANDS, scopes=scopes) if row.command is None]
    assert groups.index("Partitions") < groups.index("Runs")


def test_a_row_fills_any_width() -> None:
    for row in command_rows(COMMANDS, "ma"):
        for width in (20, 60, 100):
            assert size_of(draw_command_row(row, width)) == width


async def test_the_help_is_searched_and_runs_what_is_found_on_the_screen_below(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("stg_orders")
        await user.presses("question_mark")
        await user.sees("Keys", "Select", "Build the marked assets")
        await user.types("upstream")
        await user.sees("Build it and everything upstream.", ":materialize-upstream")
        await user.presses("enter")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.workspace.plans[0].label == "+stg_orders"
        assert user.tree.has_focus


async def test_the_cursor_of_the_help_stands_on_commands_only(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(80, 24)) as user:
        await user.presses("question_mark")
        sheet = user.app.screen
        assert isinstance(sheet, HelpScreen)
        for key in ("down", "pagedown", "pagedown", "up", "pageup", "pageup", "pageup"):
            await user.presses(key)
            assert sheet.list_view.row is not None
            assert sheet.list_view.row.command is not None
        await user.presses("escape")
        assert user.tree.has_focus


async def test_what_another_screen_does_is_told_and_not_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("question_mark")
        await user.types("run-schedule")
        await user.presses("enter")
        await user.sees("Not on this screen: Automation")
        assert isinstance(user.app.screen, HelpScreen)


async def test_the_palette_has_a_frame_and_only_what_can_be_done_now(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("ctrl+p")
        await user.sees("╭─ Commands", "enter runs it", "Materialize", "Select")
        await user.types("cancel-run")
        await user.sees("no command matches")
        await user.presses("escape")
        await user.misses("╭─ Commands")
