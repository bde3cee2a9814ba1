"""What is said in the bottom line: where it was asked for, and no longer than it holds."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

import tui.ui.notices
from tests.ui.sample import NOW, running, shop
from tests.ui.user import opened


async def test_a_notice_stays_on_its_screen_and_goes_with_the_next_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as user:
        await user.presses("x")
        await user.sees("nothing is running")
        await user.presses("2")
        await user.sees("Runs · 2 runs")
        assert "nothing is running" not in user.screen
        await user.presses("1")
        await user.sees("Assets")
        assert "nothing is running" not in user.screen

        await user.presses("x")
        await user.sees("nothing is running")
        await user.presses("j")
        assert "nothing is running" in user.screen, "it can be read"
        monkeypatch.setattr(tui.ui.notices, "READABLE", 0.0)
        await user.presses("j")
        await user.misses("nothing is running")


async def test_what_is_told_of_a_run_goes_when_the_run_ends(tmp_path: Path) -> None:
    state = running(shop(tmp_path))
    async with opened(tmp_path, state) as user:
        words = "c0de asked to stop; press x again to kill it"
        await user.learns(notice=words, notice_at=time.time(), notice_run="c0de")
        await user.sees(words)
        first, *others = state.runs
        ended = replace(first, status="cancelled", finished_at=NOW)
        await user.learns(runs=(ended, *others))
        await user.misses("asked to stop")
