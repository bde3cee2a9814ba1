"""Themes: seen before they are kept, and readable on every terminal."""

from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from tests.ui.user import opened
from tui.ui.theme.contrast import distance
from tui.ui.theme.themes import (
    DARK,
    HIGH_CONTRAST,
    LIGHT,
    OURS,
    TERMINAL,
    fallback_variables,
    first_theme,
)
from tui.ui.widgets.answer_list import AnswerList
from tui.ui.widgets.asset_tree_view import AssetTreeView


async def test_a_theme_is_seen_while_the_cursor_is_on_it_and_esc_gives_it_up(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        before = user.app.theme
        await user.presses("T", "down")
        assert user.app.theme != before
        await user.presses("j", "escape")
        assert user.app.theme == before
        await user.presses("T")
        await user.sees("dbtree-light", "dbtree-contrast", "terminal", "nord")
        await user.presses("down", "enter")
        kept = user.app.theme
        assert kept != before
        user.app.exit()
    async with opened(tmp_path) as user:
        assert user.app.theme == kept


async def test_g_and_G_go_to_the_first_and_the_last_theme(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(40, 12)) as user:
        await user.presses("T", "G")
        assert user.app.theme == "tokyo-night"
        await user.presses("g")
        assert user.app.theme == "dbtree-dark"


async def test_the_screen_can_be_painted_in_every_theme(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        for theme in OURS:
            user.app.theme = theme.name
            await user.pilot.pause()
            await user.sees("stg_orders", "✗ failed")


def test_a_terminal_of_sixteen_colours_gets_its_own_and_a_light_one_is_light() -> None:
    assert first_theme("standard") == TERMINAL.name
    assert first_theme("256", "15;0") == DARK.name
    assert first_theme("truecolor", "0;15") == LIGHT.name
    assert first_theme(None) == DARK.name


@pytest.mark.parametrize(
    "name",
    [name for name in HIGH_CONTRAST.variables if name.startswith(("status-", "dim", "lit-"))],
)
def test_high_contrast_is_high(name: str) -> None:
    for ground in ("#000000", HIGH_CONTRAST.variables["row-marked"]):
        assert contrast(HIGH_CONTRAST.variables[name], ground) >= 7.0, name


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_words_of_a_status_can_be_read_in_every_theme(theme: Theme) -> None:
    for name, colour in theme.variables.items():
        if name.startswith("status-"):
            assert contrast(colour, str(theme.background)) >= 3.0, name


def contrast(text: str, ground: str) -> float:
    """The contrast of two colours as WCAG has it: from 1 to 21."""

    def luminance(name: str) -> float:
        parts = [part / 255 for part in Color.parse(name).rgb]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(text), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


EVERY = [*App().available_themes.values(), *OURS]
COLOURED = [theme for theme in EVERY if not theme.ansi]
ROWS = ("background", "row-cursor", "row-cursor-blurred", "row-marked")


def variables_of(theme: Theme) -> dict[str, str]:
    """What the app resolves variables to, in a theme."""
    generated = theme.to_color_system().generate()
    return {**fallback_variables(theme), **generated, **theme.variables}


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_all_words_of_a_row_can_be_read_in_every_theme_of_the_menu(theme: Theme) -> None:
    found = variables_of(theme)
    statuses = [name for name in found if name.startswith("status-")]
    assert len(statuses) > 10
    for ground in ROWS:
        assert contrast(found["foreground"], found[ground]) >= 4.5, ground
        for name in ("dim", "accent-ink", "match", "lit-upstream", "lit-downstream", *statuses):
            assert contrast(found[name], found[ground]) >= 3.0, (name, ground)
    assert contrast(found["row-cursor-text"], found["row-cursor"]) >= 4.5
    for ground in ("surface", "panel"):
        assert all(contrast(found[name], found[ground]) >= 3.0 for name in statuses), ground


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_the_row_of_the_cursor_differs_from_the_others(theme: Theme) -> None:
    found = {
        name: Color.parse(colour) for name, colour in variables_of(theme).items() if name in ROWS
    }
    assert distance(found["row-cursor"], found["background"]) >= 5.0
    assert distance(found["row-cursor"], found["row-cursor-blurred"]) >= 2.0


async def test_the_cursor_is_painted_so_that_it_can_be_read_in_every_theme(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        for theme in EVERY:
            user.app.theme = theme.name
            await user.pilot.pause()
            tree = user.app.screen.query_one(AssetTreeView)
            row = tree.render_line(tree.cursor - tree.scroll_offset.y)
            named = [part for part in row if part.text.strip() == "orders"]
            assert named, theme.name
            style = named[0].style
            assert style is not None
            assert style.color is not None
            assert style.bgcolor is not None
            if theme.ansi:
                assert style.reverse, theme.name
            else:
                ink, ground = (Color.from_rich_color(c).hex for c in (style.color, style.bgcolor))
                assert ground.lower() == variables_of(theme)["row-cursor"].lower(), theme.name
                assert contrast(ink, ground) >= 4.5, theme.name


@pytest.mark.parametrize(("key", "what"), [("y", "Selector"), ("w", "stale"), ("T", "terminal")])
async def test_in_the_terminals_own_colours_the_row_of_a_sheet_is_reversed_as_a_whole(
    tmp_path: Path, key: str, what: str
) -> None:
    async with opened(tmp_path) as user:
        user.app.theme = "terminal"
        await user.highlights("newsletter_audience")
        await user.presses(key)
        await user.sees(what)
        answers = user.app.screen.query_one(AnswerList)
        reversed_rows = 0
        for y in range(answers.size.height):
            parts = [part for part in answers.render_line(y) if part.text.strip()]
            if any(part.style and part.style.reverse for part in parts):
                reversed_rows += 1
                assert len({part.style and part.style.without_color for part in parts}) == 1
                assert len({part.style and part.style.color for part in parts}) == 1
        assert reversed_rows
        await user.pilot.click(AnswerList, offset=(3, 0))
        await user.waits_for(lambda: len(user.app.screen_stack) == 1)


async def test_without_colours_the_cursor_is_reversed_and_a_status_is_a_sign_and_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.sees("✗ failed", "◐ stale")
        strips = user.app.screen._compositor.render_strips()
        styles = [part.style for strip in strips for part in strip if part.style is not None]
        colours = [colour for style in styles for colour in (style.color, style.bgcolor)]
        assert all(colour is None or colour.is_default for colour in colours)
        row = next(strip for strip in strips if "▾ orders " in strip.text)
        assert any("orders" in part.text and part.style and part.style.reverse for part in row)
        await user.presses("T")
        await user.sees("dbtree-light")
        painted = user.app.screen._compositor.render_strips()
        lined = [p.text for strip in painted for p in strip if p.style and p.style.underline]
        assert any(user.app.theme in text for text in lined)
