"""How far a row is indented, and the lines that lead to it. Pure."""

from __future__ import annotations

from functools import lru_cache

from tui.tree import Row, inner_guides
from tui.ui.theme.glyphs import Glyphs

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
        return _lines(row.guides, _signs(glyphs), WIDE_LEVELS)
    levels = max(most - len(str(row.depth)) - 1, 0)
    hidden, guides = inner_guides(row, levels)
    return f"{hidden} {_lines(guides, _signs(glyphs), 0)}"


def _signs(glyphs: Glyphs) -> tuple[str, str, str]:
    return (glyphs.through, glyphs.branch, glyphs.last)


@lru_cache(maxsize=2000)
def _lines(guides: tuple[bool, ...], signs: tuple[str, str, str], wide: int) -> str:
    """The lines of these levels, of which the first so many take two cells."""
    through, branch, final = signs
    found = ""
    for level, goes_on in enumerate(guides, 1):
        if level == len(guides):
            line = branch if goes_on else final
        else:
            line = through if goes_on else "  "
        found += line if level <= wide else line[:1]
    return found
