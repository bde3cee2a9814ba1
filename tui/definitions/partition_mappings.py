"""Which partitions of an asset upstream a partition is made of.

    @asset(
        partitions_def=daily,
        deps=[AssetDep("orders", partition_mapping=TimeWindowPartitionMapping(start_offset=-6))],
    )
    def weekly_average(): ...

Without a mapping it is Dagster's default: windows of time that overlap; of two dimensions the keys
of the one that both have; else the same keys.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tui.definitions.errors import DefinitionError
from tui.definitions.partitions import MultiPartitionsDefinition, PartitionsDefinition
from tui.definitions.time_partitions import Spans, TimeWindowPartitionsDefinition

Keys = frozenset[str]
NO_KEYS: Keys = frozenset()


class Side(NamedTuple):
    """The partitions of one of two assets, and all keys that there are now, in their order."""

    partitions: PartitionsDefinition
    keys: Sequence[str]

    @staticmethod
    def of(partitions: PartitionsDefinition, now: datetime | None = None) -> Side:
        """The side of some partitions, as of a time."""
        return Side(partitions, partitions.get_partition_keys(now))


class PartitionMapping(ABC):
    """Which partitions of one asset belong to which of another. Dagster's own are here; what a
    class of your own would map is not known to the screen, so it is refused.
    """

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""

    @abstractmethod
    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        """The upstream partitions that some downstream ones are made of."""

    @abstractmethod
    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        """The downstream partitions that are made of some upstream ones."""

    def problem(self, down: PartitionsDefinition, up: PartitionsDefinition) -> str:
        """Why it makes no sense between these partitions, in a sentence; empty where it does."""
        return ""

    @property
    def is_same(self) -> bool:
        """Whether it maps each partition to the one of the same key, where both have it."""
        return False

    @property
    def description(self) -> str:
        """What it does, in words."""
        return (self.__doc__ or "").partition("\n")[0]


@dataclass(frozen=True)
class IdentityPartitionMapping(PartitionMapping):
    """Each partition is made of the one with the same key."""

    def facts(self) -> dict[str, Any]:
        return {"type": "identity"}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return keys.intersection(up.keys)

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return keys.intersection(down.keys)

    @property
    def is_same(self) -> bool:
        return True


@dataclass(frozen=True)
class AllPartitionMapping(PartitionMapping):
    """Each partition is made of all upstream ones."""

    def facts(self) -> dict[str, Any]:
        return {"type": "all"}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(up.keys) if keys else NO_KEYS

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(down.keys) if keys else NO_KEYS


@dataclass(frozen=True)
class LastPartitionMapping(PartitionMapping):
    """Each partition is made of the last upstream one."""

    def facts(self) -> dict[str, Any]:
        return {"type": "last"}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(up.keys[-1:]) if keys else NO_KEYS

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(down.keys) if keys.intersection(up.keys[-1:]) else NO_KEYS


@dataclass(frozen=True)
class SpecificPartitionsPartitionMapping(PartitionMapping):
    """Each partition is made of the upstream ones that are named.

    Args:
        partition_keys: Their keys.
    """

    partition_keys: Sequence[str]

    def facts(self) -> dict[str, Any]:
        return {"type": "specific", "keys": list(self.partition_keys)}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(self.partition_keys).intersection(up.keys) if keys else NO_KEYS

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(down.keys) if keys.intersection(self.partition_keys) else NO_KEYS


@dataclass(frozen=True)
class StaticPartitionMapping(PartitionMapping):
    """Each partition is made of the upstream ones that name it.

    Args:
        downstream_partition_keys_by_upstream_partition_key: Upstream key → the downstream key, or
            several.
    """

    downstream_partition_keys_by_upstream_partition_key: Mapping[str, str | Sequence[str]]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        given = self.downstream_partition_keys_by_upstream_partition_key
        return [
            (above, below)
            for above, found in given.items()
            for below in ([found] if isinstance(found, str) else found)
        ]

    def facts(self) -> dict[str, Any]:
        given = self.downstream_partition_keys_by_upstream_partition_key
        each = {key: [one] if isinstance(one, str) else sorted(one) for key, one in given.items()}
        return {"type": "static", "below": each}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(above for above, below in self._pairs if below in keys)

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return frozenset(below for above, below in self._pairs if above in keys)

    def problem(self, down: PartitionsDefinition, up: PartitionsDefinition) -> str:
        """A key that neither side has is told."""
        for side, given, word in (
            (up, {above for above, _ in self._pairs}, "upstream"),
            (down, {below for _, below in self._pairs}, "downstream"),
        ):
            if unknown := sorted(given.difference(side.get_partition_keys())):
                return f"StaticPartitionMapping names {unknown[0]!r}, not a partition {word}."
        return ""


@dataclass(frozen=True)
class TimeWindowPartitionMapping(PartitionMapping):
    """Each partition is made of the upstream windows of time that overlap its own.

    Args:
        start_offset: So many windows later (earlier, if negative) begins what it is made of. Only
            where both assets have the same partitions.
        end_offset: The same of its end.
        allow_nonexistent_upstream_partitions: Accepted and left alone: what is not there is left
            out.
    """

    start_offset: int = 0
    end_offset: int = 0
    allow_nonexistent_upstream_partitions: bool = False

    def facts(self) -> dict[str, Any]:
        return {"type": "time", "start": self.start_offset, "end": self.end_offset}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, down, up, self.start_offset, self.end_offset)

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, up, down, -self.end_offset, -self.start_offset)

    def _mapped(self, keys: Keys, one: Side, other: Side, start: int, end: int) -> Keys:
        if one.partitions == other.partitions:
            if not start and not end:
                return keys.intersection(other.keys)
            return _moved(keys, other.keys, start, end)
        return overlapping(keys, one.partitions, other)

    def problem(self, down: PartitionsDefinition, up: PartitionsDefinition) -> str:
        """It is for windows of time; offsets are for the same ones."""
        of_time = TimeWindowPartitionsDefinition
        if not (isinstance(down, of_time) and isinstance(up, of_time)):
            return "TimeWindowPartitionMapping is for partitions that are windows of time."
        if (self.start_offset or self.end_offset) and down != up:
            return "Offsets of a TimeWindowPartitionMapping need the same partitions on both sides."
        return ""

    @property
    def is_same(self) -> bool:
        return not self.start_offset and not self.end_offset


@dataclass(frozen=True)
class MultiToSingleDimensionPartitionMapping(PartitionMapping):
    """Of two dimensions on one side, each partition belongs to that of the same key in one.

    Args:
        partition_dimension_name: Which dimension; by default the only one that is like the other
            side.
    """

    partition_dimension_name: str | None = None

    def facts(self) -> dict[str, Any]:
        return {"type": "dimension", "name": self.partition_dimension_name}

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, down, up)

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, up, down)

    def _mapped(self, keys: Keys, one: Side, other: Side) -> Keys:
        found = _dimension(one.partitions, other.partitions, self.partition_dimension_name)
        if found is None:
            return NO_KEYS
        of_time = TimeWindowPartitionMapping()
        if isinstance(one.partitions, MultiPartitionsDefinition):
            named = frozenset(_part(one.partitions, key, found) for key in keys)
            side = _side(one, found)
            if side.partitions == other.partitions:
                return named.intersection(other.keys)
            return of_time.upstream(named, side, other)
        pairs = other.partitions
        assert isinstance(pairs, MultiPartitionsDefinition)
        side = _side(other, found)
        if side.partitions != one.partitions:
            keys = of_time.upstream(keys, one, side)
        return frozenset(key for key in other.keys if _part(pairs, key, found) in keys)

    def problem(self, down: PartitionsDefinition, up: PartitionsDefinition) -> str:
        """One side has two dimensions, one of which the other has."""
        if _dimension(down, up, self.partition_dimension_name) is None:
            return ("MultiToSingleDimensionPartitionMapping needs two dimensions on one side, one "
                    "of which has the partitions of the other side.")  # fmt: skip
        return ""


@dataclass(frozen=True)
class DimensionPartitionMapping:
    """How one of two dimensions is mapped.

    Args:
        dimension_name: The downstream dimension.
        partition_mapping: From the upstream dimension to it.
    """

    dimension_name: str
    partition_mapping: PartitionMapping


@dataclass(frozen=True)
class MultiPartitionMapping(PartitionMapping):
    """Partitions of two dimensions belong to each other as their dimensions do.

    Args:
        downstream_mappings_by_upstream_dimension: Upstream dimension → how a downstream one is made
            of it. A dimension that is not named belongs to all.
    """

    downstream_mappings_by_upstream_dimension: Mapping[str, DimensionPartitionMapping] = field(
        default_factory=dict
    )

    def facts(self) -> dict[str, Any]:
        each = self.downstream_mappings_by_upstream_dimension.items()
        return {"type": "multi", "dimensions": {
            above: [one.dimension_name, one.partition_mapping.facts()] for above, one in each
        }}  # fmt: skip

    def upstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, down, up, up_is_given=False)

    def downstream(self, keys: Keys, down: Side, up: Side) -> Keys:
        return self._mapped(keys, down, up, up_is_given=True)

    def _mapped(self, keys: Keys, down: Side, up: Side, *, up_is_given: bool) -> Keys:
        one, other = (up, down) if up_is_given else (down, up)
        assert isinstance(one.partitions, MultiPartitionsDefinition)
        assert isinstance(other.partitions, MultiPartitionsDefinition)
        found = set[str]()
        for key in keys:
            allowed = dict[str, Keys]()
            for above, named in self.downstream_mappings_by_upstream_dimension.items():
                sides = (_side(down, named.dimension_name), _side(up, above))
                mine, yours = (above, named.dimension_name)[:: 1 if up_is_given else -1]
                mapping = named.partition_mapping
                step = mapping.downstream if up_is_given else mapping.upstream
                allowed[yours] = step(frozenset({_part(one.partitions, key, mine)}), *sides)
            found.update(
                each
                for each in other.keys
                if all(_part(other.partitions, each, name) in of for name, of in allowed.items())
            )
        return frozenset(found)

    def problem(self, down: PartitionsDefinition, up: PartitionsDefinition) -> str:
        """Both sides have two dimensions, of the names that are given."""
        pairs = MultiPartitionsDefinition
        if not (isinstance(down, pairs) and isinstance(up, pairs)):
            return "MultiPartitionMapping is for two dimensions on both sides."
        for above, one in self.downstream_mappings_by_upstream_dimension.items():
            below = one.dimension_name
            if above not in up.partition_dimension_names:
                return f"MultiPartitionMapping names {above!r}, not an upstream dimension."
            if below not in down.partition_dimension_names:
                return f"MultiPartitionMapping names {below!r}, not a downstream dimension."
            inner = one.partition_mapping.problem(
                down.get_partitions_def_for_dimension(below),
                up.get_partitions_def_for_dimension(above),
            )
            if inner:
                return inner
        return ""


def checked_mapping(given: Any) -> PartitionMapping | None:
    """A mapping as it was given. Raises DefinitionError for anything but those of Dagster."""
    if given is None or type(given) in MAPPINGS:
        return given  # type: ignore[no-any-return]
    if isinstance(given, PartitionMapping):
        name = type(given).__name__
        raise DefinitionError(
            f"{name} is a class of your own: dbtree knows the mappings that Dagster has."
        )
    raise DefinitionError(f"partition_mapping takes a mapping, not {given!r}: "
                          "TimeWindowPartitionMapping(start_offset=-1).")  # fmt: skip


def default_mapping(down: PartitionsDefinition, up: PartitionsDefinition) -> PartitionMapping:
    """What belongs together where nobody says it: as in Dagster."""
    of_time = TimeWindowPartitionsDefinition
    if isinstance(down, of_time) and isinstance(up, of_time):
        return TimeWindowPartitionMapping()
    if _dimension(down, up, None) is not None:
        return MultiToSingleDimensionPartitionMapping()
    return IdentityPartitionMapping()


def mapping_of(facts: Mapping[str, Any]) -> PartitionMapping:
    """A mapping from its `facts`."""
    return _MAKERS[facts["type"]](facts)


def overlapping(keys: Iterable[str], of: PartitionsDefinition, other: Side) -> Keys:
    """The keys of other windows of time that overlap some of these."""
    assert isinstance(of, TimeWindowPartitionsDefinition)
    assert isinstance(other.partitions, TimeWindowPartitionsDefinition)
    found, there = set[str](), _spans_of(other.partitions, other.keys)
    for start, end in _stretches(keys, of):
        first, last = bisect_right(there.ends, start), bisect_left(there.starts, end)
        found.update(there.keys[first:last])
    return frozenset(found)


def _stretches(
    keys: Iterable[str], of: TimeWindowPartitionsDefinition
) -> Iterator[tuple[float, float]]:
    """The windows of some keys, those that follow each other as one. Looked up where there are
    such partitions now, for the hours of years are many.
    """
    known, places = of.spans(), list[int]()
    for key in keys:
        if (place := known.places.get(key)) is not None:
            places.append(place)
        else:
            window = of.time_window_for_partition_key(key)
            yield window.start.timestamp(), window.end.timestamp()
    places.sort()
    first = 0
    for at, place in enumerate(places):
        following = places[at + 1] if at + 1 < len(places) else None
        if following != place + 1 or known.ends[place] != known.starts[following]:
            yield known.starts[places[first]], known.ends[place]
            first = at + 1


def _spans_of(partitions: TimeWindowPartitionsDefinition, keys: Sequence[str]) -> Spans:
    """The windows of these keys, in their order: of all that there are, or were at a time."""
    known = partitions.spans()
    if len(known.keys) == len(keys) and (not keys or known.keys[-1] == keys[-1]):
        return known
    windows = [partitions.time_window_for_partition_key(key) for key in keys]
    starts, ends = ([one[side].timestamp() for one in windows] for side in (0, 1))
    return Spans(keys, {}, starts, ends)


def _moved(keys: Keys, every: Sequence[str], start: int, end: int) -> Keys:
    """The keys from so many places before to so many after each of some."""
    places = {key: place for place, key in enumerate(every)}
    found = set[str]()
    for key in keys:
        if key in places:
            first, last = places[key] + start, places[key] + end
            found.update(every[max(first, 0) : max(last + 1, 0)])
    return frozenset(found)


def _dimension(
    one: PartitionsDefinition, other: PartitionsDefinition, name: str | None
) -> str | None:
    """The dimension that two dimensions have in common with one: the same partitions, else those
    that are windows of time as well; None where there is none.
    """
    several, single = (one, other) if isinstance(one, MultiPartitionsDefinition) else (other, one)
    if not isinstance(several, MultiPartitionsDefinition) or isinstance(
        single, MultiPartitionsDefinition
    ):
        return None
    asked = [one for one in several.partitions_defs if name in (None, one.name)]
    found = [one.name for one in asked if one.partitions_def == single]
    of_time = TimeWindowPartitionsDefinition
    if not found and isinstance(single, of_time):
        found = [one.name for one in asked if isinstance(one.partitions_def, of_time)]
    return found[0] if len(found) == 1 else None


def _part(pairs: MultiPartitionsDefinition, key: str, dimension: str) -> str:
    return pairs.get_partition_key_from_str(key).keys_by_dimension[dimension]


def _side(of: Side, dimension: str) -> Side:
    assert isinstance(of.partitions, MultiPartitionsDefinition)
    return Side.of(of.partitions.get_partitions_def_for_dimension(dimension))


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], PartitionMapping]] = {
    "identity": lambda _: IdentityPartitionMapping(),
    "all": lambda _: AllPartitionMapping(),
    "last": lambda _: LastPartitionMapping(),
    "specific": lambda facts: SpecificPartitionsPartitionMapping(facts["keys"]),
    "static": lambda facts: StaticPartitionMapping(facts["below"]),
    "time": lambda facts: TimeWindowPartitionMapping(facts["start"], facts["end"]),
    "dimension": lambda facts: MultiToSingleDimensionPartitionMapping(facts["name"]),
    "multi": lambda facts: MultiPartitionMapping({
        above: DimensionPartitionMapping(below, mapping_of(inner))
        for above, (below, inner) in facts["dimensions"].items()
    }),
}  # fmt: skip
MAPPINGS = (
    IdentityPartitionMapping, AllPartitionMapping, LastPartitionMapping,
    SpecificPartitionsPartitionMapping, StaticPartitionMapping, TimeWindowPartitionMapping,
    MultiToSingleDimensionPartitionMapping, MultiPartitionMapping,
)  # fmt: skip
"""All mappings that there are."""
