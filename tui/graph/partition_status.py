"""How each partition of an asset is: made, stale, failed, running, queued or missing.

A partition is failed when the latest run that tried it failed, else made when a run made it; which
of these are stale the status of the asset says (`AssetStatus.stale_partitions`), so that the two
never differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property

from tui.graph.asset_graph import AssetGraph
from tui.graph.history import PartitionFacts, PartitionRecord
from tui.protocol.plain import plain
from tui.protocol.records import Asset


class PartitionState(Enum):
    """How a partition is."""

    MADE = "materialized"
    STALE = "stale"
    FAILED = "failed"
    RUNNING = "running"
    QUEUED = "queued"
    MISSING = "missing"


IN_PLACE = frozenset({PartitionState.MADE, PartitionState.STALE})
"""States in which the partition is there."""


@plain(frozen=True, eq=False)
class PartitionStates:
    """How all partitions of an asset are, in their order."""

    states: Mapping[str, PartitionState]
    there: frozenset[str] = frozenset()
    """Those that a run made, whatever became of later runs."""

    @property
    def count(self) -> int:
        """How many partitions there are."""
        return len(self.states)

    @cached_property
    def made(self) -> int:
        """How many are there: made, and no later run failed at them."""
        rest = (PartitionState.RUNNING, PartitionState.QUEUED)
        found = sum(self._counted[state] for state in IN_PLACE)
        if any(self._counted[state] for state in rest):
            found += sum(state in rest and key in self.there for key, state in self.states.items())
        return found

    @property
    def share(self) -> str:
        """How many are there, in words: `12/30`."""
        return f"{self.made:,}/{self.count:,}"

    def bar(self, width: int) -> list[PartitionState]:
        """As `cells`, computed once for a width: it is drawn with every frame."""
        if width not in self._bars:
            self._bars[width] = cells(list(self.states.values()), width)
        return self._bars[width]

    @cached_property
    def _bars(self) -> dict[int, list[PartitionState]]:
        return {}

    def counts(self) -> dict[PartitionState, int]:
        """How many are in each state that any is in."""
        found = self._counted
        return {state: found[state] for state in PartitionState if found[state]}

    @cached_property
    def _counted(self) -> Counter[PartitionState]:
        return Counter(self.states.values())

    def of(self, *states: PartitionState) -> list[str]:
        """The keys of those in some states."""
        return [key for key, state in self.states.items() if state in states]


def partitioned_assets(graph: AssetGraph, nodes: Iterable[str]) -> list[Asset]:
    """The assets among these nodes that have partitions."""
    assets = (graph.assets.get(key) for key in nodes)
    return [asset for asset in assets if asset is not None and asset.partitions]


def parts_of(graph: AssetGraph, nodes: Iterable[str]) -> dict[str, str]:
    """The partitions of each of these nodes that has any, as it has them; where none has any, the
    batches of those that are microbatch models of dbt's.
    """
    assets = [asset for key in nodes if (asset := graph.assets.get(key)) is not None]
    found = {asset.unique_id: asset.partitions for asset in assets if asset.partitions}
    return found or {asset.unique_id: asset.batches for asset in assets if asset.batches}


def are_batches(graph: AssetGraph, nodes: Iterable[str]) -> bool:
    """Whether what `parts_of` gives of some nodes are dbt's batches."""
    parts = parts_of(graph, nodes)
    return any(not graph.assets[key].partitions for key in parts)


def assets_in_parts(graph: AssetGraph) -> list[Asset]:
    """The assets that have a bar: those with partitions, and dbt's microbatch models."""
    return [asset for asset in graph.assets.values() if asset.parts]


def partition_states(
    keys: Iterable[str],
    records: Mapping[str, PartitionRecord],
    busy: Mapping[str, PartitionState] | None = None,
    stale: frozenset[str] = frozenset(),
) -> PartitionStates:
    """How the partitions of an asset are.

    Args:
        keys: All partitions, in their order.
        records: What runs left for them.
        busy: Those that a run makes or waits to make.
        stale: Those that are stale, as the status of the asset says.
    """

    def state(key: str) -> PartitionState:
        if busy and key in busy:
            return busy[key]
        record = records.get(key)
        told = record.told if record is not None else None
        if record is None or told is None:
            return PartitionState.MISSING
        if told is not record.built:
            return PartitionState.FAILED
        return PartitionState.STALE if key in stale else PartitionState.MADE

    there = frozenset(key for key, record in records.items() if record.built is not None)
    return PartitionStates({key: state(key) for key in keys}, there)


def states_by_facts(
    facts: PartitionFacts,
    busy: Mapping[str, PartitionState] | None = None,
    stale: frozenset[str] = frozenset(),
) -> PartitionStates:
    """As `partition_states`, of what was counted: many times as fast."""
    found = dict.fromkeys(facts.order, PartitionState.MISSING)
    found.update(dict.fromkeys(facts.made, PartitionState.MADE))
    found.update(dict.fromkeys(stale & facts.made, PartitionState.STALE))
    found.update(dict.fromkeys(facts.failed, PartitionState.FAILED))
    found.update((key, state) for key, state in (busy or {}).items() if key in facts.order)
    return PartitionStates(found, facts.there)


_CELLS: tuple[PartitionState, ...] = (
    PartitionState.RUNNING, PartitionState.FAILED, PartitionState.QUEUED, PartitionState.MISSING,
    PartitionState.STALE, PartitionState.MADE,
)  # fmt: skip
"""Which of several states a cell tells that stands for all of them: the first."""


def cells(states: Sequence[PartitionState], width: int) -> list[PartitionState]:
    """The bar of an asset's partitions in so many cells: one for each partition, or for each of
    equal stretches of them, which tells the state that asks for most attention.
    """
    count = len(states)
    if count <= width:
        return list(states)
    found = []
    for place in range(width):
        part = set(states[place * count // width : (place + 1) * count // width])
        found.append(next(state for state in _CELLS if state in part))
    return found
