"""A sheet that is left as soon as it is opened takes nothing with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.css.query import NoMatches
from textual.events import Key
from textual.widgets import Static

from tests.ui.user import opened
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.help import HelpScreen

SHEETS = ["question_mark", "ctrl+p", "w", "P", "T", "y", "colon", "M"]


@pytest.mark.parametrize("key", SHEETS)
async def test_a_sheet_is_opened_and_left_at_once(tmp_path: Path, key: str) -> None:
    async with opened(tmp_path) as user:
        for _ in range(5):
            user.app.post_message(Key(key, None))
            user.app.post_message(Key("escape", "\x1b"))
            await user.pilot.pause()
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        assert user.app.return_code is None


async def test_what_was_to_be_written_into_a_sheet_comes_too_late(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("question_mark")
        sheet = user.app.screen
        assert isinstance(sheet, HelpScreen)
        written = []

        def write() -> None:
            try:
                sheet.query_one("#dialog")
            except NoMatches:
                written.append("too late")
            sheet.query_one("#dialog")

        # What comes behind its end in its queue.
        await sheet.query("#dialog").remove()
        sheet.dismiss(None)
        sheet.call_later(write)
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        await user.waits_for(lambda: bool(written))
        assert user.app.return_code is None
        await user.presses("j")
        await user.waits_for(lambda: user.tree.cursor == 1)


async def test_a_defect_of_what_is_there_is_still_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(screen: AssetsScreen) -> None:
        screen.query_one("#nowhere", Static)

    monkeypatch.setattr(AssetsScreen, "action_toggle_log", fail)
    with pytest.raises(NoMatches):
        await meet(tmp_path)


async def meet(root: Path) -> None:
    async with opened(root) as user:
        await user.presses("ctrl+l")
