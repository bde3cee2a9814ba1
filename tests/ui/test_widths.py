"""Texts are wrapped for the width that they get: none is written before that is known."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tests.ui.user import User, opened


async def opens_runs(user: User) -> None:
    await user.presses("2", "enter")
    await user.sees("Timeline", "Errors")


async def sees_a_problem(user: User) -> None:
    await user.sees("unexpected")


OPENED = {
    "run head": ("tui.ui.screens.run", "run_head", opens_runs),
    "run errors": ("tui.ui.run_page.errors_view", "error_lines", opens_runs),
    "problem": ("tui.ui.screens.assets", "problem_line", sees_a_problem),
}


@pytest.mark.parametrize("what", OPENED)
async def test_a_text_is_only_written_for_the_width_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    where, name, opens = OPENED[what]
    module = importlib.import_module(where)
    write, widths = getattr(module, name), []

    def note(*arguments: Any, width: int, **options: Any) -> Any:
        widths.append(width)
        return write(*arguments, width=width, **options)

    monkeypatch.setattr(module, name, note)
    shop = sample.shop(tmp_path)
    async with opened(tmp_path, sample.broken(shop) if what == "problem" else shop) as user:
        await opens(user)
        await user.waits_for(lambda: bool(widths) and user.app.screen._layout_required is False)
        await user.pilot.pause()
    assert set(widths) == {widths[-1]}
