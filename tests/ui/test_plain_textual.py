"""With all patches of Textual off, dbtree does the same, if not as fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.user import opened
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.textual_patches import registry
from tui.ui.textual_patches.compositor import FrugalCompositor
from tui.ui.textual_patches.stylesheet import SteadyStylesheet
from tui.ui.widgets.log_view import LogView


@pytest.fixture
def plain() -> Iterator[None]:
    """All patches off."""
    registry.switch_off("a test")
    yield
    registry.switch_on()


@pytest.mark.usefixtures("plain")
async def test_nothing_of_a_patch_is_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        assert not isinstance(user.app.stylesheet, SteadyStylesheet)
        assert not isinstance(user.app.screen._compositor, FrugalCompositor)
        await user.presses("question_mark")
        assert not isinstance(user.app.screen._compositor, FrugalCompositor)


@pytest.mark.usefixtures("plain")
async def test_the_tree_is_moved_in_and_filtered(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.sees("stg_customers", "orders")
        await user.presses("j", "j")
        await user.waits_for(lambda: user.tree.cursor == 2)
        await user.presses("slash")
        await user.types("stg_orders")
        await user.presses("enter")
        await user.waits_for(lambda: user.tree.asset_tree.filter_text == "stg_orders")
        await user.misses("newsletter_audience")
        await user.presses("escape")
        await user.sees("newsletter_audience")


@pytest.mark.usefixtures("plain")
async def test_a_run_is_asked_for_followed_and_looked_into(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("stg_orders")
        await user.presses("m")
        await user.waits_for(lambda: len(user.workspace.plans) == 1)
        assert user.workspace.plans[0].dbt_line == "dbt build --select stg_orders"
        await user.presses("P")
        await user.sees("Plan", "stg_orders")
        await user.presses("escape")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        await user.presses("L")
        await user.waits_for(lambda: isinstance(user.app.focused, LogView))
        await user.presses("escape")
        await user.waits_for(lambda: user.tree.has_focus)
        await user.presses("2")
        await user.sees("Runs", user.workspace.state.runs[0].run_id)
        await user.presses("1")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))


@pytest.mark.usefixtures("plain")
async def test_an_asset_has_its_page_and_its_tabs(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("enter")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetScreen))
        await user.sees("Overview", "Lineage")
        await user.presses("]")
        await user.waits_for(lambda: getattr(user.app.screen, "shown_tab", "") == "sql")
        await user.presses("escape")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))


@pytest.mark.usefixtures("plain")
async def test_q_leaves(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        assert not user.workspace.state.is_busy
        await user.presses("T", "escape")
        await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
        await user.presses("q")
        await user.waits_for(lambda: user.app.return_code == 0)


def test_every_patch_is_on_with_the_version_that_is_tested() -> None:
    assert registry.report() == []


def test_a_version_that_was_not_checked_turns_all_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_state", registry._State())
    monkeypatch.setattr(registry, "textual_version", lambda: "8.99.0")
    assert registry.report() == ["all: off, because not checked with Textual 8.99.0"]
    assert not registry.CHANGED_ROWS.on


def test_the_environment_turns_all_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_state", registry._State())
    monkeypatch.setenv("DBTREE_TEXTUAL_PATCHES", "0")
    assert registry.report() == ["all: off, because DBTREE_TEXTUAL_PATCHES=0"]


def test_a_patch_is_off_whose_names_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_state", registry._State())
    lost = registry.Patch("one", "", "", ("textual.screen:Screen._nowhere",))
    after = registry.Patch("two", "", "", (), (lost,))
    version = registry.textual_version()
    assert registry.report((lost, after)) == [
        f"one: off, because Textual {version} has no textual.screen:Screen._nowhere",
        "two: off, because one is off",
    ]


def test_the_version_is_read_without_the_metadata() -> None:
    import textual

    assert registry.textual_version() == textual.__version__


@pytest.mark.usefixtures("plain")
async def test_a_click_beside_a_sheet_closes_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        for key, words in (("y", "unique_id"), ("P", "dbt build"), ("T", "dbtree-light")):
            await user.highlights("orders")
            await user.presses(key)
            await user.sees(words)
            await user.pilot.click(offset=(20, 8))
            await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))
