"""How wide the columns of the asset tree are: they give way by importance as the width shrinks."""

from __future__ import annotations

from tui.protocol.plain import plain

GUTTER = 3
"""Cells before the name: the mark, the arrow of what is upstream or downstream, and a gap."""
MARGIN = 1
"""Cells between the last column and the scrollbar."""
GAP = 2
NAME_LEAST = 22
STATUS_LEAST = 11
STATUS_MOST = 60
NAME_MOST = 84

STATUS_WHOLE = 15
"""Cells that the longest word takes with its glyph: `✗ checks failed`."""
SIZES = {"age": (4, 24), "kind": (11, 26), "run": (4, 28), "took": (6, 34), "checks": (6, 36)}
"""The cells of every optional column, and how many the name must keep beside it; the first one is
the last to go."""


@plain(frozen=True)
class Columns:
    """Cells for each column; 0 where a column is left out. A gap stands before each but name."""

    name: int
    kind: int = 0
    status: int = 1
    checks: int = 0
    took: int = 0
    age: int = 0
    run: int = 0


def columns_for(width: int) -> Columns:
    """The columns for a row of so many cells; with gutter, gaps and margin they add up to it."""
    room = width - GUTTER - GAP - 1 - MARGIN
    if room < NAME_LEAST:
        return Columns(name=max(room, 1))
    spare = room - NAME_LEAST
    sizes: dict[str, int] = {"status": 1}
    if spare >= STATUS_LEAST - 1:
        sizes["status"] = STATUS_LEAST
        spare -= STATUS_LEAST - 1
        for name, (size, name_keeps) in SIZES.items():
            if NAME_LEAST + spare - size - GAP < name_keeps:
                break
            sizes[name] = size
            spare -= size + GAP
        whole = min(max(NAME_LEAST + spare - 26, 0), STATUS_WHOLE - STATUS_LEAST)
        sizes["status"] += whole
        spare -= whole
        # What is left makes names and the words about the status longer.
        more = min(max(NAME_LEAST + spare - 40, 0) * 2 // 5, STATUS_MOST - STATUS_WHOLE)
        sizes["status"] += more
        spare -= more
    return Columns(name=NAME_LEAST + spare, **sizes)
