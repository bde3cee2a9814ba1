"""What is folded away under a row, in numbers."""

from __future__ import annotations

from tui.graph import Status
from tui.protocol.plain import plain
from tui.tree.outline import Outline
from tui.tree.rows import RowKind
from tui.tree.views import Statuses


@plain(frozen=True, slots=True)
class Inside:
    """How many assets are under a row, and how they are."""

    assets: int = 0
    running: int = 0
    queued: int = 0
    failed: int = 0
    """Failed, checks failed, and skipped for such a one."""
    stale: int = 0
    """Stale or never materialized."""


_COUNTED = {
    Status.RUNNING: 1,
    Status.QUEUED: 2,
    Status.FAILED: 3,
    Status.CHECKS_FAILED: 3,
    Status.SKIPPED: 3,
    Status.STALE: 4,
    Status.NEVER: 4,
}


def count_inside(outline: Outline, entry: int, statuses: Statuses) -> Inside:
    """Count the assets under an entry. References are not counted: they are elsewhere."""
    counts = [0, 0, 0, 0, 0]
    kinds, ids = outline.kinds, outline.ids
    for below in range(entry + 1, outline.ends[entry]):
        if kinds[below] is RowKind.ASSET:
            counts[0] += 1
            status = statuses.get(ids[below])
            counted = _COUNTED.get(status.status) if status else None
            if counted:
                counts[counted] += 1
    return Inside(*counts)
