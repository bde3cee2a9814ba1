"""The partitions of an asset as cells of a bar, and as a line each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.graph import Asset
from tui.graph.history import PartitionRecord
from tui.graph.partition_status import PartitionState, PartitionStates
from tui.protocol.plain import plain
from tui.text.formats import human_age, human_duration
from tui.ui.rows.segments import TextSegment, fit, size_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.runs.partitioned import KnownStates

TREE_CELLS = 10
"""Cells of the bar in a row of the tree."""
IN_TREE: Mapping[PartitionState, str] = {
    PartitionState.MADE: "fresh", PartitionState.STALE: "stale", PartitionState.FAILED: "failed",
    PartitionState.RUNNING: "running", PartitionState.QUEUED: "queued",
    PartitionState.MISSING: "never",
}  # fmt: skip
"""The style of each state in the tree."""
IN_LIST: Mapping[PartitionState, str] = {
    **IN_TREE, PartitionState.MADE: "success", PartitionState.STALE: "cancelling",
    PartitionState.MISSING: "dim",
}  # fmt: skip
"""The same in a list."""

_counted: dict[str, int] = {}
"""How many there are of partitions, as assets have them, that were counted once: from then on that
takes no time."""


def states_in(state: WorkspaceState, unique_id: str) -> PartitionStates:
    """How the partitions of an asset are, as the screen has it."""
    return _known().of(
        state.graph, unique_id, state.history, state.statuses, state.runs, state.queue
    )


@lru_cache(maxsize=1)
def _known() -> KnownStates:
    from tui.runs.partitioned import KnownStates  # not before something has partitions

    return KnownStates()


def uncounted(assets: Iterable[Asset]) -> list[Asset]:
    """Those of these assets whose partitions nobody has counted yet."""
    return [asset for asset in assets if asset.parts not in _counted]


def count_partitions(state: WorkspaceState, assets: Iterable[Asset]) -> None:
    """Count the partitions of assets. The first time, the hours of five years take 0.2 s, so this
    is for a thread.
    """
    for asset in assets:
        _counted[asset.parts] = states_in(state, asset.unique_id).count


def counted_states(state: WorkspaceState, unique_id: str) -> PartitionStates | None:
    """How the partitions of an asset are; None where it has none, or they are not counted yet."""
    asset = state.graph.assets.get(unique_id)
    if asset is None or asset.parts not in _counted:
        return None
    found = states_in(state, unique_id)
    _counted[asset.parts] = found.count  # dynamic partitions come and go
    return found


def bar(
    states: PartitionStates, glyphs: Glyphs, width: int, styles: Mapping[PartitionState, str]
) -> Iterator[TextSegment]:
    """The bar, the first partition on the left; cells of one state in one piece."""
    text, before = "", None
    for state in states.bar(width):
        if before is not None and state is not before:
            yield (text, styles[before])
            text = ""
        text, before = text + glyphs.partition[state.value], state
    if before is not None:
        yield (text, styles[before])


def bar_cells(row: str) -> int:
    """How many cells the bar of some partitions takes with its share; 0 while nobody has counted
    them. With all of them materialized: the columns need not move while they are made.
    """
    count = _counted.get(row)
    return 0 if count is None else min(count, TREE_CELLS) + len(f"  {count}/{count}")


def tree_segments(state: WorkspaceState, unique_id: str, glyphs: Glyphs) -> tuple[TextSegment, ...]:
    """The bar of an asset's partitions with its share, after its name; empty where it has none, or
    they are not counted yet.
    """
    states = counted_states(state, unique_id)
    if states is None:
        return ()
    return ((" ", ""), *bar(states, glyphs, TREE_CELLS, IN_TREE), (f" {states.share}", "dim"))


@plain(frozen=True)
class PartitionRow:
    """A partition of the list."""

    key: str
    state: PartitionState
    records: tuple[tuple[str, PartitionRecord], ...]
    """What runs left for it, by asset."""
    is_marked: bool

    @property
    def latest(self) -> PartitionRecord | None:
        """What the latest run left for it."""
        found = [record for _, record in self.records]
        return max(found, key=lambda record: record.latest.finished_at, default=None)


def partition_line(
    row: PartitionRow, glyphs: Glyphs, *, width: int, now: float
) -> tuple[TextSegment, ...]:
    """One partition: key, how it is, and the latest run that tried it."""
    style = IN_LIST[row.state]
    segments: list[TextSegment] = [
        (glyphs.mark if row.is_marked else " ", "running"),
        (f" {glyphs.partition[row.state.value]} ", style),
        *fit([(row.key, "name" if row.is_marked else "check")], min(26, max(width // 3, 12))),
        ("  ", ""),
        *fit([(row.state.value, style)], 13),
    ]
    latest, tail = row.latest, list[TextSegment]()
    if latest is not None:
        found = latest.latest
        if width >= 56:
            tail += fit([(human_duration(found.duration).rjust(8), "dim")], 9)
        if width >= 48:
            tail += fit([(human_age(now - found.finished_at).rjust(5), "dim")], 6)
        tail += fit([(found.run_id[-4:].rjust(5), "dim")], 6)
    rest = width - size_of(segments) - size_of(tail)
    return (*segments, *fit([("", "")], max(rest, 0)), *tail)
