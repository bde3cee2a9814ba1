"""How the columns of an asset differ from those that it was built with. Pure."""

from __future__ import annotations

from tui.column_lineage.values import TracedAsset, TracedColumn
from tui.protocol.plain import plain

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@plain(frozen=True, slots=True)
class ColumnChange:
    """A column that is made in another way than before."""

    name: str
    word: str
    """ADDED, REMOVED or CHANGED."""
    before: str = ""
    """What it was made of, in words."""
    now: str = ""


def column_changes(before: TracedAsset, now: TracedAsset) -> tuple[ColumnChange, ...]:
    """The columns that differ; none where one of the two is not known as a whole."""
    if before.problem or now.problem or not (before.is_whole and now.is_whole):
        return ()
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in now.columns}
    found = [
        ColumnChange(name, REMOVED, before=_made_of(column))
        for name, column in old.items()
        if name not in new
    ]
    for name, column in new.items():
        was = old.get(name)
        if was is None:
            found.append(ColumnChange(name, ADDED, now=_made_of(column)))
        elif was != column:
            found.append(ColumnChange(name, CHANGED, _made_of(was), _made_of(column)))
    return tuple(found)


def _made_of(column: TracedColumn) -> str:
    return column.expression or ", ".join(ref.column for ref in column.sources)
