"""A list of lines with a cursor that draws only what is visible: the base of tree and run lists.

A subclass says how many lines there are, what a line says (a value: equal ones look equal) and
into which pieces of text it falls. Everything else, from the keys to the cache, is here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from tui.ui.app_interface import host_of
from tui.ui.rows.segments import TextSegment
from tui.ui.textual_patches.content_size import set_content_size
from tui.ui.theme.glyphs import UNICODE, Glyphs

SPIN = 1 / 4
"""Seconds between two looks of what runs."""
AGING = 1.0
"""Seconds between two looks of the ages."""
CACHED = 500
"""Drawn lines that are kept."""


class LinesView(ScrollView, can_focus=True):
    """Lines with a cursor."""

    PREFIX: ClassVar[str] = "lines"
    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.glyphs = glyphs
        self.clock = clock
        self._drawn: dict[int, tuple[Any, bool, Strip]] = {}
        self._inks: dict[tuple[str, str], Style] = {}
        self._spinning: Timer | None = None
        self._width = -1
        """Cells that the drawn lines fill."""

    # -- for the subclass -----------------------------------------------------

    @property
    def count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def content(self, index: int) -> Any:
        """What a line says."""
        raise NotImplementedError

    def segments(self, content: Any, *, is_cursor: bool) -> list[TextSegment]:
        """The text of a line with its styles."""
        raise NotImplementedError

    def ground(self, content: Any) -> str:
        """The style of a line's background where it is not the cursor's."""
        return ""

    @property
    def content_extent(self) -> Size:
        """The columns and lines that are scrolled over."""
        return Size(self.size.width, self.count)

    @property
    def has_keys(self) -> bool:
        """Whether it is this list that the keys move."""
        return self.has_focus

    def cursor_moved(self) -> None:
        """The cursor is on another line, or the line under it is another."""

    def width_changed(self, width: int) -> None:
        """The lines are to fill so many cells."""

    # ---------------------------------------------------------------- drawing

    def on_mount(self) -> None:
        self._spinning = self.set_interval(SPIN, self._turn, pause=True)
        self.set_interval(AGING, self._turn)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    def spin(self, is_spinning: bool) -> None:
        """Whether something on the lines turns and ticks."""
        if self._spinning is not None:
            if is_spinning:
                self._spinning.reset()  # who says so has just drawn what turns
            else:
                self._spinning.pause()

    def redraw(self) -> None:
        """Draw everything again; lines may have come and gone."""
        set_content_size(self, self.content_extent)
        self._scroll_within()
        self._drawn.clear()
        self._inks.clear()
        self.refresh()

    def _scroll_within(self) -> None:
        """Where it is scrolled to follows by itself; where it was to scroll to does not."""
        if self.scroll_target_y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def _turn(self) -> None:
        """Let what turns and ages do so, where no state is about to be shown, which does it too."""
        if host_of(self).frame_pacing.until_state() <= 0:
            self.look_again()

    def look_again(self) -> None:
        """Draw again those visible lines that would now look different."""
        if not self.is_attached:
            return
        top, count = self.scroll_offset.y, self.count
        for y in range(self.scrollable_content_region.height):
            index = top + y
            known = self._drawn.get(index)
            if known is None or index >= count:
                continue
            if known[1] != (index == self.cursor) or known[0] != self.content(index):
                del self._drawn[index]
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if index >= self.count:
            return Strip.blank(width, self.rich_style)
        is_cursor = index == self.cursor
        known = self._drawn.get(index)
        if known is not None and known[1] == is_cursor:
            return known[2]
        content = self.content(index)
        strip = self._strip(content, is_cursor, width)
        if len(self._drawn) > CACHED:
            self._drawn.clear()
        self._drawn[index] = (content, is_cursor, strip)
        return strip

    def _strip(self, content: Any, is_cursor: bool, width: int) -> Strip:
        ground = self.ground(content)
        if is_cursor:
            ground = "cursor" if self.has_keys else "cursor-blurred"
        segments = self.segments(content, is_cursor=is_cursor)
        painted = [Segment(text, self._ink(name, ground)) for text, name in segments if text]
        return Strip(painted).adjust_cell_length(width, self._ink("", ground))

    def _ink(self, name: str, ground: str) -> Style:
        found = self._inks.get((name, ground))
        if found is None:
            found = self.rich_style
            for part in (self._own(name, ground), f"on-{ground}" if ground else ""):
                if part:
                    found += self.get_component_rich_style(f"{self.PREFIX}--{part}", partial=True)
            self._inks[name, ground] = found
        return found

    def _own(self, name: str, ground: str) -> str:
        """The style of a piece on its ground: none where the whole line is reversed, which would
        make a patchwork of its colours.
        """
        is_reversed = self.app.current_theme.ansi or self.app.no_color
        return "" if is_reversed and ground == "cursor" else name

    def on_resize(self, event: events.Resize) -> None:
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self.width_changed(width)
            self.redraw()
        self._scroll_within()
        self.show_cursor()

    def on_focus(self) -> None:
        self._drawn.pop(self.cursor, None)  # only the cursor tells who has the keys

    def on_blur(self) -> None:
        self._drawn.pop(self.cursor, None)

    # ----------------------------------------------------------------- cursor

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.count - 1))

    def move_to(self, index: int) -> None:
        """Put the cursor on a line, and bring it into sight."""
        before = self.cursor
        self.cursor = index
        if self.cursor != before:
            self.cursor_moved()
        self.show_cursor()
        self.look_again()

    def show_cursor(self) -> None:
        """Scroll as little as brings the cursor into sight."""
        height = self.scrollable_content_region.height
        top = int(self.scroll_target_y)
        if height <= 0:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def _page(self, part: float) -> int:
        return max(1, int(self.scrollable_content_region.height * part) - 1)

    def action_cursor_down(self) -> None:
        self.move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self.cursor + self._page(1))

    def action_page_up(self) -> None:
        self.move_to(self.cursor - self._page(1))

    def action_half_page_down(self) -> None:
        self.move_to(self.cursor + self._page(0.5))

    def action_half_page_up(self) -> None:
        self.move_to(self.cursor - self._page(0.5))

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(self.count - 1)

    def line_at(self, event: events.Click) -> int | None:
        """The line that was clicked on."""
        offset = event.get_content_offset(self)
        index = self.scroll_offset.y + offset.y if offset is not None else -1
        return index if 0 <= index < self.count else None
