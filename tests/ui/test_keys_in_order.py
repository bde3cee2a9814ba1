"""What is typed in one breath, or pasted, does what it does when typed slowly."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Key, Paste

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import User, opened
from tui.selection.dbt_lookup import DbtLookup
from tui.ui.app import DbtreeApp
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.plan import PlanScreen
from tui.ui.textual_patches.key_order import LONG
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.typed_line import TypedLine

NAMED = {
    "\b": "backspace",
    "\x15": "ctrl+u",
    "/": "slash",
    ":": "colon",
    "+": "plus",
    "_": "underscore",
    "\r": "enter",
    "\x1b": "escape",
}


def types_at_once(user: User, text: str) -> None:
    """All keys are there before the first of them is done."""
    for char in text:
        user.app.post_message(Key(NAMED.get(char, char), char))


async def test_m_behind_the_filter_builds_what_was_filtered(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "/stg_pay\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.tree.asset_tree.filter_text == "stg_pay"
        assert "model.shop.stg_payments" in user.workspace.plans[0].nodes


async def test_esc_leaves_the_filter_also_before_the_tree_knows_of_its_focus(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "/stg_pay\r")
        await user.waits_for(lambda: user.tree.asset_tree.filter_text == "stg_pay")
        screen = user.app.screen
        assert isinstance(screen, AssetsScreen)
        screen.set_focus(None)
        await user.waits_for(lambda: not user.tree.has_focus)
        screen.set_focus(user.tree)
        screen.action_back()  # the tree has not had its turn
        assert user.tree.asset_tree.filter_text == ""


async def test_letters_behind_a_backspace_are_not_what_it_deletes(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "/nope\x15stg_pxx\b\bay\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.tree.asset_tree.filter_text == "stg_pay"


async def test_one_filter_behind_the_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "/stg_pay\r/customers\rm/x\x1b")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert "model.shop.customers" in user.workspace.plans[0].nodes
        await user.waits_for(lambda: user.tree.has_focus and not user.tree.asset_tree.filter_text)


async def test_m_behind_a_selection_builds_what_was_selected(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "s+stg_orders\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert len(user.tree.marks) == 2
        assert user.tree.marks <= set(user.workspace.plans[0].nodes)


async def test_a_key_behind_a_command_comes_after_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, ":view folders\r/stg_pay\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.tree.asset_tree.view.value == "folders"
        assert "model.shop.stg_payments" in user.workspace.plans[0].nodes


async def test_a_key_behind_the_opening_of_a_page_is_for_the_page(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        types_at_once(user, "\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert isinstance(user.app.screen, AssetScreen)
        assert user.workspace.plans[0].nodes[0] == "model.shop.orders"


async def test_a_sheet_answers_only_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("P")
        sheet = user.app.screen
        assert isinstance(sheet, PlanScreen)
        sheet.dismiss(None)
        sheet.dismiss(None)
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        await user.sees("Assets")


async def test_a_line_that_refuses_what_it_is_told_takes_the_next_letters(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, ":nonsense\rx")
        await user.sees(": nonsensex")


@pytest.mark.parametrize("keys", ["/stg_pay\rm", "sstg_payments\rm"])
async def test_letters_behind_a_line_that_is_not_made_yet_are_for_it(
    tmp_path: Path, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_late, mounted = TypedLine.on_mount, list[TypedLine]()

    def remember(line: TypedLine) -> None:
        mounted.append(line)

    monkeypatch.setattr(TypedLine, "on_mount", remember)
    workspace = StillWorkspace(sample.shop(tmp_path), tmp_path / "runs")
    app = DbtreeApp(workspace, clock=lambda: sample.NOW)
    async with app.run_test(size=(130, 40)) as pilot:
        user = User(pilot, workspace)
        assert user.app.screen.query_one("#filter", TypedLine).is_unmade
        types_at_once(user, keys)
        for line in mounted:  # only now, however long the start has taken
            make_late(line)
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert "model.shop.stg_payments" in user.workspace.plans[0].nodes


async def test_how_long_it_takes_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that takes longer than anybody waits: what is behind it comes behind it."""
    async with opened(tmp_path) as user:
        asked = asyncio.Event()
        resolve = DbtLookup.resolve

        async def late(inquiry: DbtLookup, text: str) -> frozenset[str]:
            await asked.wait()
            return await resolve(inquiry, text)

        monkeypatch.setattr(DbtLookup, "resolve", late)
        types_at_once(user, "sstg_payments\r")
        types_at_once(user, "m")
        await user.waits_for(lambda: bool(user.app.kept_keys))
        passes(monkeypatch, 3600)
        await user.waits_for(lambda: user.app.kept_keys == ["m"])
        asked.set()
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.workspace.plans[0].nodes[0] == "model.shop.stg_payments"


async def test_esc_gives_up_a_text_that_is_looked_up_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as user:

        async def never(inquiry: DbtLookup, text: str) -> frozenset[str]:
            await asyncio.Event().wait()
            return frozenset()

        monkeypatch.setattr(DbtLookup, "resolve", never)
        types_at_once(user, "sstg_payments\rm")
        await user.waits_for(lambda: bool(user.app.kept_keys))
        await user.waits_for(lambda: user.app.is_looking_up)
        passes(monkeypatch, 2 * LONG)
        types_at_once(user, "\x1b")
        await user.waits_for(lambda: user.tree.has_focus)
        assert not user.workspace.plans


def passes(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let so much time pass at once, for the keys."""
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + seconds)


async def test_what_is_pasted_behind_a_key_comes_behind_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        types_at_once(user, "/")
        user.app.post_message(Paste("stg_pay"))
        types_at_once(user, "\rm")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert "model.shop.stg_payments" in user.workspace.plans[0].nodes


async def test_letters_behind_the_search_of_a_log_are_for_the_search(tmp_path: Path) -> None:
    async with opened(tmp_path, sample.running(sample.shop(tmp_path))) as user:
        log = user.app.screen.query_one(LogView)
        log.focus()
        await user.waits_for(lambda: log.has_focus)
        types_at_once(user, "/stg")
        await user.waits_for(lambda: log.search_text == "stg")


OPENED = [
    pytest.param(opens, key, marks=() if opens == "page" or key in ("m", "/") else pytest.mark.slow)
    for opens in ("page", "run", "runs", "schedules")
    for key in ("]", "[", "\t", "m", "w", "y", "L", "?", "x", "/", "\x1b")
]
"""Each screen with each key; those that show little more than the others are slow."""


@pytest.mark.parametrize(("opens", "key"), OPENED)
async def test_a_key_waits_for_a_screen_that_something_else_opens(
    tmp_path: Path, opens: str, key: str
) -> None:
    """A click, an answer or a worker opens it, and the key is there before it is made."""
    async with opened(tmp_path) as user:
        openings: dict[str, Callable[[], object]] = {
            "page": lambda: user.app.open_asset("model.shop.orders"),
            "run": lambda: user.app.show_run("r1"),
            "runs": user.app.action_show_runs,
            "schedules": user.app.action_show_schedules,
        }
        done: list[tuple[bool, bool]] = []
        first, press = user.app.screen, user.app.press

        async def note(event: Key) -> None:
            done.append((user.app.screen is not first, user.app.screen.is_mounted))
            await press(event)

        user.app.press = note  # type: ignore[method-assign]
        with user.app._context():
            openings[opens]()
        types_at_once(user, key)
        await user.waits_for(lambda: bool(done) and not user.app.kept_keys)
        assert done == [(True, True)]
