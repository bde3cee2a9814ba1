"""The whole screen in plain ASCII, for terminals that have no more.

The signs of statuses have their own ASCII set (`tui.ui.theme.glyphs`); this filter sees to the
rest: borders, dots, dashes, whatever Textual draws, and text from elsewhere.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

SIGNS = {
    "·": "-", "…": "~", "–": "-", "—": "-", "↗": "^", "↑": "^", "↓": "v", "←": "<", "→": ">",
    "‹": "<", "›": ">", "▸": ">", "▾": "v", "⏎": "~",
    "␣": "_", "↵": "<", "━": "=", "─": "-", "│": "|", "▏": "|", "▎": "|", "▍": "|", "▌": "|",
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "├": "|", "┤": "|", "┬": "+", "┴": "+", "┼": "+",
    "▁": " ", "▂": " ", "▃": " ", "▄": " ", "▅": " ", "▆": " ", "▇": " ", "█": "#", "▔": "-",
    "‘": "'", "’": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip
TABLE = str.maketrans(SIGNS)


class AsciiFilter(LineFilter):
    """Puts an ASCII sign in the place of each other one, and `?` where there is none."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def to_ascii(text: str) -> str:
    """Text of the same number of cells for signs of one cell."""
    return text.translate(TABLE).encode("ascii", "replace").decode("ascii")
