"""What the partitions of assets are, counted from what runs left for them: the statuses follow from
it. Pure; counting the hours of five years takes a moment, so the screen counts in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tui.definitions.partition_mappings import IdentityPartitionMapping, PartitionMapping, Side
from tui.definitions.partition_rows import partitions_of
from tui.graph import Asset, AssetGraph
from tui.graph.history import (
    NO_KEYS,
    History,
    Materialization,
    PartitionBuild,
    PartitionFacts,
    PartitionKeys,
    PartitionRecord,
    Partitions,
)
from tui.graph.staleness import is_newer
from tui.runs.partition_reading import latest_window, partitions_read, reading


class _Counted(NamedTuple):
    """The facts of an asset, and what they were counted from."""

    of: tuple[object, ...]
    """Its rows, the records of it and of what it reads, and all keys: compared by identity."""
    facts: PartitionFacts


class PartitionCounts:
    """The facts of the partitions of all assets: counted again only where something is other."""

    def __init__(self) -> None:
        self._known: dict[str, _Counted] = {}
        self._reads: tuple[AssetGraph, dict[str, list[str]]] | None = None
        self._orders: dict[str, tuple[Sequence[str], dict[str, int]]] = {}
        self._asked: set[str] = set()
        """The rows whose partitions were looked at in this count."""

    def count(self, graph: AssetGraph, history: History) -> dict[str, PartitionFacts]:
        """The facts of all assets of a graph that have partitions. Those of which nothing changed
        are the same objects as before.
        """
        assets = [asset for asset in graph.assets.values() if asset.parts]
        self._asked.clear()
        found = {asset.unique_id: self._count(graph, asset, history) for asset in assets}
        self._known = {key: known for key, known in self._known.items() if key in found}
        return found

    def _count(self, graph: AssetGraph, asset: Asset, history: History) -> PartitionFacts:
        key = asset.unique_id
        order = self._order_of(asset.parts)
        reads = self._read_by(graph, key) if asset.partitions else ()
        above = {one: graph.assets[one] for one in reads}
        rows = (asset.parts, asset.mappings, *(one.partitions for one in above.values()))
        records = (history.partitions_of(one) for one in (key, *above))
        seen = (*rows, *records, order, *(self._order_of(one.partitions) for one in above.values()))
        known = self._known.get(key)
        if known is not None and len(seen) == len(known.of) and all(map(_is_same, seen, known.of)):
            return known.facts
        readers = {
            one: _Reader.of(graph, asset, there, self._order_of(there.partitions))
            for one, there in above.items()
        }
        facts = facts_of(asset, order, history, readers)
        self._known[key] = _Counted(seen, facts)
        return facts

    def _order_of(self, row: str) -> dict[str, int]:
        """The place of each partition; the same object for as long as there are the same ones."""
        known = self._orders.get(row)
        if known is not None and row in self._asked:
            return known[1]
        self._asked.add(row)
        keys = partitions_of(row).get_partition_keys()
        if known is None or known[0] != list(keys):
            known = self._orders[row] = [*keys], {key: place for place, key in enumerate(keys)}
        return known[1]

    def _read_by(self, graph: AssetGraph, unique_id: str) -> list[str]:
        """The assets whose partitions an asset reads, asked once of a graph."""
        if self._reads is None or self._reads[0] is not graph:
            self._reads = graph, {}
        found = self._reads[1]
        if unique_id not in found:
            found[unique_id] = partitions_read(graph, unique_id)
        return found[unique_id]


def _is_same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str) and one == other)


class _Reader(NamedTuple):
    """Which partitions of an asset are made of which of another."""

    mapping: PartitionMapping
    below: str
    above: str
    is_same: bool
    """Whether each is made of the one with the same key."""
    there: Mapping[str, int]
    """The partitions of the other asset that there are now."""

    @staticmethod
    def of(graph: AssetGraph, below: Asset, above: Asset, there: Mapping[str, int]) -> _Reader:
        """The reader of an asset."""
        mapping = reading(graph, below, above)
        alike = mapping.is_same and partitions_of(below.partitions) == partitions_of(
            above.partitions
        )
        is_same = alike or isinstance(mapping, IdentityPartitionMapping)
        return _Reader(mapping, below.partitions, above.partitions, is_same, there)

    def made_of(self, keys: PartitionKeys) -> PartitionKeys:
        """The partitions that are made of some of the other asset."""
        if self.is_same:
            return keys
        down, up = (Side.of(partitions_of(row)) for row in (self.below, self.above))
        return self.mapping.downstream(keys, down, up)


def facts_of(
    asset: Asset, order: Mapping[str, int], history: History, readers: Mapping[str, _Reader]
) -> PartitionFacts:
    """The facts of one asset.

    Args:
        asset: It has partitions.
        order: The place of each that there is now.
        history: What runs left.
        readers: By the asset whose partitions it reads.
    """
    known = history.partitions_of(asset.unique_id)
    there, failed = dict[str, Materialization](), dict[str, Materialization]()
    for key in order:
        record = known.get(key)
        told = record.told if record is not None else None
        if record is not None and told is not None:
            (there if told is record.built else failed)[key] = told
    recent = latest_window(partitions_of(asset.parts), there)
    facts = PartitionFacts(
        order,
        not asset.partitions,
        _builds(there),
        tuple(failed),
        max(failed.values(), key=lambda one: one.finished_at, default=None),
        _later(there, history, readers),
        {key: reader.made_of for key, reader in readers.items()},
        tuple((key, there[key]) for key in there if key in recent),
        known,
        frozenset(key for key, record in known.items() if record.built is not None),
    )
    _ = facts.made  # counted here, beside the screen
    return facts


def _builds(there: Mapping[str, Materialization]) -> tuple[PartitionBuild, ...]:
    """Partitions by what they were built from, whichever run built them."""
    groups: dict[object, tuple[Materialization, list[str]]] = {}
    by_run: dict[int, list[str]] = {}
    for key, built in there.items():
        if (keys := by_run.get(id(built))) is None:
            same = (built.fingerprint, built.relation, tuple(sorted(built.macros.items())))
            keys = by_run[id(built)] = groups.setdefault(same, (built, []))[1]
        keys.append(key)
    return tuple(PartitionBuild(built, frozenset(keys), keys[0]) for built, keys in groups.values())


def _later(
    there: Mapping[str, Materialization], history: History, readers: Mapping[str, _Reader]
) -> dict[str, tuple[PartitionKeys, float]]:
    """The partitions of which one that they read was made again since, by what they read."""
    oldest = min((built.started_at for built in there.values()), default=None)
    found: dict[str, tuple[PartitionKeys, float]] = {}
    if oldest is None:
        return found
    for upstream, reader in readers.items():
        keys, at = NO_KEYS, 0.0
        records = history.partitions_of(upstream)
        there_now = {key: record for key, record in records.items() if key in reader.there}
        for built, again in _made_since(there_now, oldest):
            newer = (key for key in reader.made_of(again) if key in there)
            if older := frozenset(key for key in newer if is_newer(built, there[key])):
                keys, at = keys | older, max(at, built.finished_at)
        if keys:
            found[upstream] = (keys, at)
    return found


def _made_since(
    records: Partitions, moment: float
) -> Iterable[tuple[Materialization, PartitionKeys]]:
    """What was made since a moment, by the run that made it."""
    by_run: dict[int, tuple[Materialization, set[str]]] = {}
    for key, record in _built(records):
        if record.finished_at > moment:
            by_run.setdefault(id(record), (record, set()))[1].add(key)
    return [(built, frozenset(keys)) for built, keys in by_run.values()]


def _built(records: Mapping[str, PartitionRecord]) -> Iterable[tuple[str, Materialization]]:
    return ((key, one.built) for key, one in records.items() if one.built is not None)
