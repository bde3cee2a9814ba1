"""What is painted, and made, when a key is pressed: what it changed, before anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from tests.ui.user import User, opened
from tui.ui.asset_page.data_tab import DataTab
from tui.ui.screens.command_prompt import CommandScreen

Painted = list[tuple[Screen[Any], Any]]


def watched(user: User) -> Painted:
    """What is painted from now on: on which screen, and how."""
    painted: Painted = []
    display: Callable[..., None] = user.app._display

    def note(screen: Screen[Any], update: Any) -> None:
        if update is not None and not user.app._batch_count:
            painted.append((screen, update))
        display(screen, update)

    user.app._display = note  # type: ignore[assignment, method-assign]
    return painted


async def test_a_sheet_is_painted_before_what_it_dims(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        painted = watched(user)
        await user.presses(":")
        await user.waits_for(lambda: any(isinstance(one, LayoutUpdate) for _, one in painted))
        updates = [update for screen, update in painted if isinstance(screen, CommandScreen)]
        assert isinstance(updates[0], ChopsUpdate)
        assert len({row for row, _, _ in updates[0].spans}) < 5
        await user.sees("a command; tab completes", "stg_customers")


async def test_the_keys_go_from_pane_to_pane_without_a_frame_of_everything(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        there_and_back = ("l", "escape", "slash", "escape")
        await user.presses(*there_and_back)
        painted = watched(user)
        before = user.tree._component_styles
        await user.presses(*there_and_back)
        await user.waits_for(lambda: user.tree.has_focus)
        assert painted
        assert not any(isinstance(update, LayoutUpdate) for _, update in painted)
        assert user.tree._component_styles is before  # nothing was looked up again


async def test_a_tab_is_made_when_it_is_first_looked_at(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await user.sees("Overview")
        switcher = user.app.screen.query_one(ContentSwitcher)
        assert [tab.id for tab in switcher.children] == ["overview"]
        await user.presses("]", "]", "[")
        assert [tab.id for tab in switcher.children] == ["overview", "sql", "columns"]
        assert switcher.current == "sql"


async def test_keys_typed_in_one_breath_reach_the_tab_that_they_open(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await user.sees("Overview")
        await user.pilot.press("]", "]", "]", "]", "/")
        await user.waits_for(lambda: isinstance(user.app.focused, Input))
        assert user.app.screen.query_one(DataTab).query("Input:focus")
