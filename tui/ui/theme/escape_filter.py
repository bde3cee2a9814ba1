"""No text that dbt, a database or a file gives can steer the terminal.

This filter is the last thing before the terminal, whatever way the text took; what it leaves out
is decided in `tui.text.terminal_text`.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text.terminal_text import plain_segment


class EscapeFilter(LineFilter):
    """Leaves control characters out of what is shown."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii() and segment.text.isprintable()
            else Segment(plain_segment(segment.text), segment.style, segment.control)
            for segment in segments
        ]
