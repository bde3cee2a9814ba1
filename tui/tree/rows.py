"""One row of the tree, as a value that the screen draws."""

from __future__ import annotations

from enum import Enum

from tui.protocol.plain import plain


class RowKind(Enum):
    """What a row represents."""

    ASSET = "asset"
    REFERENCE = "reference"
    """`↗ name`: an asset that stands elsewhere in the tree."""
    CHECK = "check"
    FOLDER = "folder"
    """A directory, or a group by tag, owner, …"""
    HEADER = "header"
    """A package, or the kind of a folder's content, at the top level."""


class Fold(Enum):
    """Whether there is something under a row, and whether it is shown."""

    LEAF = "leaf"
    OPEN = "open"
    CLOSED = "closed"


@plain(frozen=True, slots=True)
class Row:
    """A visible row. Everything about statuses is looked up by `unique_id` when it is drawn."""

    key: str
    """Identifies the row in the tree, also after the graph changed: what folds, cursor and marks
    are kept by. The unique_id of an asset or check; `parent>unique_id` of a reference; a folder's
    path with a slash at its end."""
    unique_id: str
    """The asset or check; of a reference what it points to; empty for folders and headers."""
    kind: RowKind
    label: str
    depth: int
    """0 for roots."""
    guides: tuple[bool, ...]
    """One for each level from 1 to `depth`: whether a line goes on below this row at that level.
    All but the last draw `│` or blanks; the last draws `├` (True) or `└` (False)."""
    fold: Fold
    """Of what stands under the row, its checks left out."""
    checks: int = 0
    """How many checks the asset has, shown or not."""
    checks_open: bool = False
    """Whether its checks are shown."""
    matches: tuple[int, ...] = ()
    """Positions in `label` that the filter matched."""
    is_context: bool = False
    """Only there because something under it matches the filter: to be drawn dim."""


def inner_guides(row: Row, levels: int) -> tuple[int, tuple[bool, ...]]:
    """The innermost guides of a row, and how many outer levels are left out.

    A chain of two hundred assets is indented further than any screen is wide: a row that is given
    only so many levels shows how deep it stands as a number, and its name.
    """
    hidden = max(0, len(row.guides) - max(levels, 0))
    return hidden, row.guides[hidden:]
