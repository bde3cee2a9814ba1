"""No text that dbt, a database or a file gives can steer the terminal.

A description may hold an escape sequence that clears the screen, or signs that turn the direction
of writing. They take no cell, so leaving them out moves nothing. This filter is the last thing
before the terminal, whatever way the text took.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 control characters, and Unicode's marks of direction."""


class HarmlessFilter(LineFilter):
    """Leaves control characters out of what is shown."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii() and segment.text.isprintable()
            else Segment(HARMFUL.sub("", segment.text), segment.style, segment.control)
            for segment in segments
        ]
