"""How far a row is indented, and the lines that lead to it. Pure."""

from __future__ import annotations

from tui.tree import Row, inner_guides
from tui.ui.glyphs import Glyphs

WIDE_LEVELS = 4
"""Levels that take two cells; what is deeper takes one, so that names keep their room."""
SHARE = 0.6
"""How much of the names' column the lines may take at most."""


def indent_size(depth: int) -> int:
    """Cells before the fold's sign of a row of this depth, where there is room for all of them."""
    return 2 * min(depth, WIDE_LEVELS) + max(depth - WIDE_LEVELS, 0)


def indentation(row: Row, glyphs: Glyphs, room: int) -> str:
    """The lines before a row in a column of so many cells.

    Where they would leave no room for the name, the outer levels are only counted.
    """
    most = int(room * SHARE)
    if indent_size(row.depth) <= most:
        return "".join(
            _line(glyphs, goes_on, is_last=level == row.depth, is_wide=level <= WIDE_LEVELS)
            for level, goes_on in enumerate(row.guides, 1)
        )
    levels = max(most - len(str(row.depth)) - 1, 0)
    hidden, guides = inner_guides(row, levels)
    inner = "".join(
        _line(glyphs, goes_on, is_last=level == len(guides), is_wide=False)
        for level, goes_on in enumerate(guides, 1)
    )
    return f"{hidden} {inner}"


def _line(glyphs: Glyphs, goes_on: bool, *, is_last: bool, is_wide: bool) -> str:
    if is_last:
        line = glyphs.branch if goes_on else glyphs.last
    else:
        line = glyphs.through if goes_on else "  "
    return line if is_wide else line[:1]
