"""Esc, and a click beside what stands in front, go one level back: to what was seen before."""

from pathlib import Path

from tests.ui.user import opened
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.run import RunScreen


async def test_esc_goes_back_from_a_run_to_the_page_that_it_was_opened_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await user.sees("Overview")
        await user.presses("L")
        await user.waits_for(lambda: isinstance(user.app.screen, RunScreen))
        await user.presses("escape")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetScreen))
        await user.sees("assets ▸ orders")
        await user.presses("escape")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        await user.misses("assets ▸ orders")


async def test_a_click_beside_a_sheet_closes_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        for key, words in (("y", "unique_id"), ("P", "dbt build"), ("T", "dbtree-light")):
            await user.presses(key)
            await user.sees(words)
            await user.pilot.click(offset=(20, 8))  # inside of the tree, and beside every sheet
            await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
            assert user.tree.row is not None
            assert user.tree.row.label == "orders"
