"""Whoever leans on the keyboard finds dbtree alive afterwards."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.user import User, opened
from tui.ui.screens.assets import AssetsScreen

KEYS = [
    *(letter for letter in "abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "slash", "colon", "question_mark", "exclamation_mark", "plus", "underscore", "full_stop",
    "left_square_bracket", "right_square_bracket", "space",
    *(
        "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "home", "end",
        "pageup", "pagedown", "backspace", "delete", "ctrl+a", "ctrl+d", "ctrl+p", "ctrl+u",
    ) * 2,
]  # fmt: skip
"""All but `q`, which leaves."""
SIZES = [(130, 40), (80, 24), (40, 24), (200, 60), (20, 8)]
LEVELS = 8
"""Screens and modes that may stand on each other."""


async def press_at_random(user: User, seed: int, count: int) -> None:
    """Press keys, click, and change the size of the terminal."""
    chosen = random.Random(seed)
    for _ in range(count):
        await user.pilot.press(chosen.choice(KEYS))
        if chosen.random() < 0.05:
            await user.pilot.resize_terminal(*chosen.choice(SIZES))
        if chosen.random() < 0.05:
            size = user.app.size
            where = (chosen.randrange(size.width), chosen.randrange(size.height))
            await user.pilot.click(offset=where, times=chosen.choice((1, 2)))


async def assert_alive(user: User) -> None:
    """Esc leads back to the tree, and the tree moves."""
    await user.pilot.resize_terminal(130, 40)
    for _ in range(LEVELS):
        await user.presses("escape")
    await user.presses("1", "escape", "escape")
    assert isinstance(user.app.screen, AssetsScreen), user.app.screen_stack
    assert user.tree.has_focus
    await user.misses("│  s ")
    await user.presses("g")
    await user.waits_for(lambda: user.tree.cursor == 0)
    await user.presses("j")
    await user.waits_for(lambda: user.tree.cursor == 1)


async def lean_on_the_keys(root: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    shop = sample.shop(root)
    state = shop if seed % 2 else sample.running(shop)
    async with opened(root, state, size=SIZES[seed % len(SIZES)]) as user:
        await press_at_random(user, seed, 60 if seed < 2 else 300)
        await assert_alive(user)


@pytest.mark.parametrize("seed", range(2))
async def test_random_keys_leave_the_screen_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await lean_on_the_keys(tmp_path, monkeypatch, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
async def test_many_random_keys_leave_the_screen_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await lean_on_the_keys(tmp_path, monkeypatch, seed)
