"""What is typed in one breath, or pasted, does what it does when typed slowly."""

from pathlib import Path

from textual.events import Key

from tests.ui.user import User, opened
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.plan import PlanScreen

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
