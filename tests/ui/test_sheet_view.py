"""A panel of lines: folded to its width, scrolled, selected with the mouse, never laid out anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tests.ui.user import opened
from tui.ui.widgets.details_view import DetailsView
from tui.ui.widgets.sheet_view import SheetView


class Panel(App[None]):
    CSS = """
    SheetView { width: 22; height: 10; overflow-x: hidden; overflow-y: scroll; text-wrap: nowrap; }
    """

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield SheetView()
            yield Static("beside it")


def numbered(count: int) -> list[Content]:
    return [Content(f"line {number}") for number in range(count)]


def text_of(view: SheetView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_long_lines_are_folded_and_where_one_reads_stays() -> None:
    app = Panel()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.query_one(SheetView)
        view.show_lines([Content("x" * 45), Content("[b]not markup[/b]"), Content("表" * 11)])
        assert text_of(view)[:6] == [
            "x" * 20,
            "x" * 20,
            "x" * 5,
            "[b]not markup[/b]",
            "表" * 10,
            "表",
        ]
        view.show_lines(numbered(30))
        view.scroll_to(y=15, animate=False)
        await pilot.pause()
        assert text_of(view)[0] == "line 15"
        view.show_lines(numbered(31))
        await pilot.pause()
        assert text_of(view)[0] == "line 15"
        view.show_lines(numbered(12))
        await pilot.pause()
        assert text_of(view)[-1] == "line 11"
        view.show_lines([])
        await pilot.pause()
        assert text_of(view) == [""] * 10


async def test_what_the_mouse_selects_is_what_stands_there() -> None:
    app = Panel()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.query_one(SheetView)
        view.show_lines(numbered(30))
        view.scroll_to(y=4, animate=False)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(5, 0))
        await pilot.hover(view, offset=(6, 1))
        await pilot.mouse_up(view, offset=(6, 1))
        assert app.screen.get_selected_text() == "4\nline 5"


async def test_other_details_lay_out_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, size=(140, 40)) as user:
        details, layouts = user.app.screen.query_one(DetailsView), 0
        lay_out = Screen._refresh_layout

        def counted(screen: Screen[object], *arguments: object) -> None:
            nonlocal layouts
            layouts += 1
            lay_out(screen, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Screen, "_refresh_layout", counted)
        heights = set()
        for _ in range(8):
            await user.presses("j")
            await user.waits_for(lambda: details.row == user.tree.row)
            await user.pilot.pause()
            heights.add(details.virtual_size.height)
        assert len(heights) > 3
        assert layouts == 0
