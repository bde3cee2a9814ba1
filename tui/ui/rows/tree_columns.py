"""How wide the columns of the asset tree are: they give way by importance as the width shrinks.

Names come first: no column takes cells that a name needs, but for the three without which a row
says nothing (a short status, the age, the kind), and these only up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from tui.protocol.plain import plain
from tui.ui.rows.indentation import indent_size

GUTTER = 3
"""Cells before the name: the mark, the arrow of what is upstream or downstream, and a gap."""
MARGIN = 1
"""Cells between the last column and the scrollbar."""
GAP = 2
NAME_LEAST = 22
NAME_MOST = 84
STATUS_LEAST = 11
STATUS_WORD = 18
"""Cells for a status and why in a word: `◐ stale · upstream`."""
STATUS_MOST = 60
SIGN = 2
"""Cells of the fold's sign before a name."""
OUTLIERS = 2
"""Of a hundred names so many may be longer than their column: one alone takes no column away."""


@plain(frozen=True)
class Column:
    """A column that a row can do without."""

    name: str
    size: int
    """Its cells."""
    least: int
    """Cells that names keep beside it, however short they are."""
    most: int = NAME_MOST
    """Cells that names keep beside it, however long they are."""


FIRST = (Column("age", 4, 24, 40), Column("kind", 11, 26, 34))
"""They come before a status with its reason, and before the end of very long names."""
THEN = (Column("run", 4, 30), Column("took", 6, 34), Column("checks", 6, 36))


@plain(frozen=True)
class Columns:
    """Cells for each column; 0 where a column is left out. A gap is before each but name."""

    name: int
    kind: int = 0
    status: int = 1
    checks: int = 0
    took: int = 0
    age: int = 0
    run: int = 0


def columns_for(width: int, wanted: int = NAME_LEAST) -> Columns:
    """The columns for a row of so many cells; with gutter, gaps and margin they add up to it.

    Args:
        width: Cells of a whole row.
        wanted: Cells that the names (with their indentation) need.
    """
    room = width - GUTTER - GAP - 1 - MARGIN
    if room < NAME_LEAST:
        return Columns(name=max(room, 1))
    name, sizes = room, {"status": 1}
    if name - (STATUS_LEAST - 1) < NAME_LEAST:
        return Columns(name=name)
    sizes["status"] = STATUS_LEAST
    name -= STATUS_LEAST - 1

    def take(columns: tuple[Column, ...]) -> bool:
        nonlocal name
        for column in columns:
            if name - column.size - GAP < min(max(column.least, wanted), column.most):
                return False
            sizes[column.name] = column.size
            name -= column.size + GAP
        return True

    is_wide = take(FIRST)
    word = min(max(name - max(wanted, NAME_LEAST), 0), STATUS_WORD - STATUS_LEAST)
    sizes["status"] += word
    name -= word
    if is_wide and sizes["status"] == STATUS_WORD:
        take(THEN)
    # What no name needs tells more about the status.
    more = max(name - max(wanted, NAME_LEAST), 0)
    more = min(more * 2 // 3, STATUS_MOST - sizes["status"])
    sizes["status"] += more
    return Columns(name=name - more, **sizes)


def cells_for_names(names: Iterable[tuple[int, str]]) -> int:
    """Cells that names need with their indentation and the fold's sign, but for the very longest.

    Args:
        names: Depth and name of each.
    """
    sizes = sorted(
        indent_size(depth) + (len(name) if name.isascii() else cell_len(name))
        for depth, name in names
    )
    if not sizes:
        return NAME_LEAST
    return SIGN + sizes[len(sizes) - 1 - len(sizes) * OUTLIERS // 100]
