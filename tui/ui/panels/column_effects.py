"""What the changed columns of an asset reach, for the sheets that ask before a build. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tui.column_lineage.effects import exposures_of
from tui.column_lineage.values import ColumnRef
from tui.text.formats import plural
from tui.ui.rows import name_of
from tui.workspace.state import WorkspaceState

NAMED = 4
"""So many of the columns that are reached are named, the others counted."""
MOST = 8
"""So many changed columns of one asset are told."""


def effects_of(state: WorkspaceState, unique_id: str) -> Iterator[tuple[str, str]]:
    """Each changed column of an asset, and what it reaches: two texts."""
    columns, graph = state.columns, state.graph
    if columns is None:
        return
    changes = columns.changes_of(unique_id)
    for change in changes[:MOST]:
        ref = ColumnRef(unique_id, change.name)
        words = f"{name_of(state, unique_id)}.{change.name} {change.word}"
        if change.before and change.now and change.before != change.now:
            words += f": {change.before} → {change.now}"
        reached = sorted(columns.reached([ref]))
        names = [f"{name_of(state, one.asset)}.{one.column}" for one in reached[:NAMED]]
        if not names:
            effect = "reaches no column downstream"
        else:
            assets = plural(len({one.asset for one in reached}), "asset")
            effect = f"reaches {plural(len(reached), 'column')} of {assets}: {', '.join(names)}"
            effect += ", …" if len(reached) > NAMED else ""
        exposures = [graph.assets[key].name for key in exposures_of(graph, [ref, *reached])]
        effect += f" · {', '.join(exposures)}" if exposures else ""
        yield words, effect
    if len(changes) > MOST:
        yield f"and {len(changes) - MOST:,} more columns", ""
