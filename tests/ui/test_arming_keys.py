"""Arming assets from the tree, and what their rows tell."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.workspace.auto_build_values import Armed, Mode


async def test_a_arms_the_chosen_assets_and_their_rows_tell_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("a")
        await user.sees("A save of orders is parsed, and then:", "Build with downstream")
        await user.presses("b")
        assert user.workspace.state.armed == {"model.shop.orders": Armed(Mode.BUILD)}
        assert "orders ↯build " in user.screen
        await user.learns(armed={"model.shop.orders": Armed(Mode.COMPILE, "no such ref", False)})
        await user.sees("orders ↯compile ✗")
        await user.learns(armed={"model.shop.orders": Armed(Mode.BUILD, "built")})
        await user.sees("orders ↯build ✓")
        await user.presses("a", "escape")
        assert user.workspace.state.armed
        await user.presses("a", "o")
        assert not user.workspace.state.armed


async def test_a_narrow_row_tells_what_came_of_a_save_before_what_it_was_to_do(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, size=(50, 24)) as user:
        await user.highlights("newsletter_audience")
        mode = Armed(Mode.DOWNSTREAM, "", False)
        await user.learns(armed={"model.shop.newsletter_audience": replace(mode, outcome="no")})
        await user.sees("↯ ✗")
        await user.learns(
            armed={"model.shop.newsletter_audience": replace(mode, outcome="building")}
        )
        await user.sees("↯ …")


async def test_what_is_armed_is_armed_again_the_next_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("a", "d")
        user.app.exit()
    async with opened(tmp_path) as user:
        assert user.workspace.state.armed == {"model.shop.orders": Armed(Mode.DOWNSTREAM)}
    shop = sample.shop(tmp_path)
    prod = replace(shop, project=replace(shop.project, target="prod"))
    async with opened(tmp_path, prod) as user:
        assert not user.workspace.state.armed


async def test_nothing_is_built_by_itself_on_a_production_target(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    prod = replace(shop, project=replace(shop.project, target="prod"))
    async with opened(tmp_path, prod) as user:
        await user.highlights("orders")
        await user.presses("a", "b")
        await user.sees("nothing is built automatically")
        await user.presses("a", "c")
        assert user.workspace.state.armed == {"model.shop.orders": Armed(Mode.COMPILE)}
