"""Lines that are longer than the screen is wide: scrolled sideways, with what is at their left
kept in sight.
"""

from __future__ import annotations

from typing import Any

from textual.geometry import Size
from textual.strip import Strip

from tui.ui.widgets.lines_view import LinesView

STEP = 8
"""Cells that one key scrolls sideways."""


class WideLinesView(LinesView):
    """Lines with a cursor, scrolled in both directions."""

    @property
    def line_length(self) -> int:
        """Cells of the longest line."""
        raise NotImplementedError

    @property
    def kept(self) -> int:
        """Cells at the left of each line that stay where they are."""
        return 0

    @property
    def content_extent(self) -> Size:
        return Size(self.line_length, self.count)

    def _strip(self, content: Any, is_cursor: bool, width: int) -> Strip:
        return super()._strip(content, is_cursor, max(width, self.line_length))

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        width, x, kept = self.scrollable_content_region.width, self.scroll_offset.x, self.kept
        if not x:
            return strip.crop(0, width)
        return Strip.join([strip.crop(0, kept), strip.crop(kept + x, x + width)])

    def action_shift_right(self) -> None:
        self.scroll_relative(x=STEP, animate=False)

    def action_shift_left(self) -> None:
        self.scroll_relative(x=-STEP, animate=False)
