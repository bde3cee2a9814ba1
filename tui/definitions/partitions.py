"""Partitions: the parts that an asset is made in, each under a key of its own.

Here are what all definitions of partitions have, those that name their keys, and those of two
dimensions; `time_partitions` has those of windows of time.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tui.definitions.errors import DefinitionError

DELIMITER = "|"
RESERVED = frozenset("|,[]")
RANGE_MARK = "..."
"""Stands in the text of a range of keys, and so in no key."""


class PartitionKeyRange(NamedTuple):
    """The partitions from one key to another, both included."""

    start: str
    end: str


class MultiPartitionKey(str):
    """The key of a partition of two dimensions: `2026-01-01|eu`.

    Args:
        keys_by_dimension: Name of each dimension → key in it.
    """

    keys_by_dimension: Mapping[str, str]

    def __new__(cls, keys_by_dimension: Mapping[str, str]) -> MultiPartitionKey:
        ordered = dict(sorted(keys_by_dimension.items()))
        key = super().__new__(cls, DELIMITER.join(ordered.values()))
        key.keys_by_dimension = ordered
        return key

    def __getnewargs__(self) -> tuple[dict[str, str]]:  # type: ignore[override]
        return (dict(self.keys_by_dimension),)


class PartitionsDefinition(ABC):
    """Which partitions there are. Equal ones have the same partitions."""

    @abstractmethod
    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """All keys in their order.

        Args:
            current_time: As if it were this time.
            dynamic_partitions_store: Accepted and left alone.
        """

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""

    def to_json(self) -> str:
        """As compact JSON; `partition_rows.partitions_of` makes it again."""
        return json.dumps(self.facts(), separators=(",", ":"), ensure_ascii=False)

    def row(self, policy: BackfillPolicy | None) -> str:
        """As `to_json`, with how many of them one run of a backfill makes."""
        per_run = (policy or BackfillPolicy()).max_partitions_per_run
        facts = {**self.facts(), "per_run": per_run}
        return json.dumps(facts, separators=(",", ":"), ensure_ascii=False)

    def has_partition_key(self, partition_key: str) -> bool:
        """Whether there is such a partition now."""
        return partition_key in self.get_partition_keys()

    def get_first_partition_key(self) -> str | None:
        """The first key, if there is any."""
        return next(iter(self.get_partition_keys()), None)

    def get_last_partition_key(self) -> str | None:
        """The last key, if there is any."""
        return next(reversed(self.get_partition_keys()), None)

    def get_num_partitions(self) -> int:
        """How many there are now."""
        return len(self.get_partition_keys())

    def get_partition_keys_in_range(self, partition_key_range: PartitionKeyRange) -> Sequence[str]:
        """The keys from one to another. Raises DefinitionError for an unknown one."""
        keys = list(self.get_partition_keys())
        first, last = (self._place(keys, key) for key in partition_key_range)
        return keys[first : last + 1]

    def _place(self, keys: list[str], key: str) -> int:
        if key not in keys:
            raise DefinitionError(no_partition(key, self))
        return keys.index(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartitionsDefinition) and self.facts() == other.facts()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.to_json()})"


def no_partition(key: str, partitions: PartitionsDefinition) -> str:
    """That there is no partition of a key, in a sentence that names some that are."""
    first, last = partitions.get_first_partition_key(), partitions.get_last_partition_key()
    if first is None:
        return f"There is no partition {key!r}: there are none yet."
    there = first if first == last else f"{first} to {last}"
    return f"There is no partition {key!r}: there is {there}."


def checked_partitions(given: Any) -> PartitionsDefinition | None:
    """Partitions as they were given. Raises DefinitionError for anything else."""
    if given is None or isinstance(given, PartitionsDefinition):
        return given
    raise DefinitionError(f"partitions_def takes partitions, not {given!r}: "
                          'DailyPartitionsDefinition(start_date="2026-01-01").')  # fmt: skip


class StaticPartitionsDefinition(PartitionsDefinition):
    """Partitions that are named one by one.

    Args:
        partition_keys: Their keys, in their order.

    Raises:
        DefinitionError: for a key that is given twice, or that cannot be one.
    """

    def __init__(self, partition_keys: Sequence[str]) -> None:
        keys: list[Any] = list(partition_keys)
        for key in keys:
            if not isinstance(key, str) or RANGE_MARK in key:
                raise DefinitionError(f"{key!r} cannot be the key of a partition: it must be a "
                                      f"text without {RANGE_MARK!r}.")  # fmt: skip
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DefinitionError(f"The partition {twice!r} is given twice.")
        self._keys = keys

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """All keys, as they were given."""
        return self._keys

    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""
        return {"type": "static", "keys": self._keys}


@dataclass(frozen=True)
class PartitionDimensionDefinition:
    """One of two dimensions."""

    name: str
    partitions_def: PartitionsDefinition


class MultiPartitionsDefinition(PartitionsDefinition):
    """Partitions of two dimensions: one for each pair of keys, `2026-01-01|eu`.

    Args:
        partitions_defs: The name of each of two dimensions → its partitions.

    Raises:
        DefinitionError: when there are not two, or keys have characters of the pair's.
    """

    def __init__(self, partitions_defs: Mapping[str, PartitionsDefinition]) -> None:
        if len(partitions_defs) != 2:
            raise DefinitionError(
                f"MultiPartitionsDefinition takes two dimensions, not {len(partitions_defs)}."
            )
        self.partitions_defs = [
            PartitionDimensionDefinition(name, partitions_defs[name])
            for name in sorted(partitions_defs)
        ]
        for one in self.partitions_defs:
            given: Any = one.partitions_def
            if not isinstance(given, PartitionsDefinition) or isinstance(
                given, MultiPartitionsDefinition
            ):
                raise DefinitionError(
                    f"The dimension {one.name} needs partitions of one dimension."
                )
            if isinstance(one.partitions_def, StaticPartitionsDefinition):
                for key in one.partitions_def.get_partition_keys():
                    if RESERVED & set(key):
                        raise DefinitionError(f"The partition {key!r} of the dimension {one.name} "
                                              "must not have | , [ or ].")  # fmt: skip

    @property
    def partition_dimension_names(self) -> list[str]:
        """The names of the dimensions."""
        return [one.name for one in self.partitions_defs]

    def get_partitions_def_for_dimension(self, dimension_name: str) -> PartitionsDefinition:
        """The partitions of a dimension. Raises DefinitionError for an unknown one."""
        for one in self.partitions_defs:
            if one.name == dimension_name:
                return one.partitions_def
        raise DefinitionError(f"There is no dimension {dimension_name!r}: there are "
                              f"{' and '.join(self.partition_dimension_names)}.")  # fmt: skip

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[MultiPartitionKey]:
        """All pairs of keys."""
        each = [one.partitions_def.get_partition_keys(current_time) for one in self.partitions_defs]
        return [self._key(pair) for pair in itertools.product(*each)]

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange
    ) -> Sequence[MultiPartitionKey]:
        """The pairs whose keys are in the range of their dimension."""
        start, end = map(self.get_partition_key_from_str, partition_key_range)
        each = [
            one.partitions_def.get_partition_keys_in_range(
                PartitionKeyRange(start.keys_by_dimension[one.name],
                                  end.keys_by_dimension[one.name])
            )
            for one in self.partitions_defs
        ]  # fmt: skip
        return [self._key(pair) for pair in itertools.product(*each)]

    def get_partition_key_from_str(self, partition_key_str: str) -> MultiPartitionKey:
        """The key of a text. Raises DefinitionError where it is no pair."""
        pair = partition_key_str.split(DELIMITER)
        if len(pair) != len(self.partitions_defs):
            names = DELIMITER.join(self.partition_dimension_names)
            raise DefinitionError(f"{partition_key_str!r} is not a partition: give {names}.")
        return self._key(pair)

    def _key(self, pair: Sequence[str]) -> MultiPartitionKey:
        names = self.partition_dimension_names
        return MultiPartitionKey(dict(zip(names, pair, strict=True)))

    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""
        of_each = {one.name: one.partitions_def.facts() for one in self.partitions_defs}
        return {"type": "multi", "dimensions": of_each}


class BackfillPolicy(NamedTuple):
    """How many partitions one run of a backfill makes.

    Args:
        max_partitions_per_run: None for all.
    """

    max_partitions_per_run: int | None = 1

    @staticmethod
    def single_run() -> BackfillPolicy:
        """One run for all partitions; the function gets a range of them."""
        return BackfillPolicy(None)

    @staticmethod
    def multi_run(max_partitions_per_run: int = 1) -> BackfillPolicy:
        """Runs of so many partitions each."""
        return BackfillPolicy(max_partitions_per_run)
