"""The partitions that a running function reads of what is upstream, as its context tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tui.definitions.errors import DefinitionError
from tui.definitions.partition_mappings import PartitionMapping, Side, default_mapping
from tui.definitions.partitions import PartitionKeyRange, PartitionsDefinition
from tui.definitions.time_partitions import TimeWindow, window_of


class PartitionInput(NamedTuple):
    """An asset that a function reads."""

    partitions: PartitionsDefinition
    mapping: PartitionMapping | None
    """None for the default."""


class InputContext:
    """What a context tells of the partitions that its function reads. An input is named by the key
    of its asset, the parts joined by slashes or by two underlines, or by the last part alone.
    """

    partition_inputs: Mapping[str, PartitionInput] = {}
    """By the key of the asset; of those that have partitions."""
    run_partitions: tuple[str, ...] = ()
    partitions_def: PartitionsDefinition | None = None

    def asset_partitions_def_for_input(self, input_name: str) -> PartitionsDefinition:
        """The partitions of an input. Raises DefinitionError for one that has none."""
        return self._input(input_name).partitions

    def asset_partition_keys_for_input(self, input_name: str) -> Sequence[str]:
        """The keys that are read of an input, in their order. Raises DefinitionError for one that
        has no partitions.
        """
        found = self._input(input_name)
        up = Side.of(found.partitions)
        if self.partitions_def is None or not self.run_partitions:
            return list(up.keys)
        mapping = found.mapping or default_mapping(self.partitions_def, found.partitions)
        keys = frozenset(self.run_partitions)
        wanted = mapping.upstream(keys, Side.of(self.partitions_def), up)
        return [key for key in up.keys if key in wanted]

    def asset_partition_key_for_input(self, input_name: str) -> str:
        """The key that is read of an input. Raises DefinitionError where it is not one."""
        keys = self.asset_partition_keys_for_input(input_name)
        if len(keys) != 1:
            raise DefinitionError(
                f"{len(keys)} partitions of {input_name} are read: use "
                "asset_partition_keys_for_input."
            )
        return keys[0]

    def asset_partition_key_range_for_input(self, input_name: str) -> PartitionKeyRange:
        """The first and the last key that are read of an input. Raises DefinitionError where none
        is.
        """
        keys = self.asset_partition_keys_for_input(input_name)
        if not keys:
            raise DefinitionError(f"No partition of {input_name} is read.")
        return PartitionKeyRange(keys[0], keys[-1])

    def asset_partitions_time_window_for_input(self, input_name: str) -> TimeWindow:
        """The time of the partitions that are read of an input. Raises DefinitionError."""
        keys = self.asset_partition_key_range_for_input(input_name)
        return window_of(self.asset_partitions_def_for_input(input_name), *keys)

    def _input(self, name: str) -> PartitionInput:
        for key, found in self.partition_inputs.items():
            if name in (key, key.replace("/", "__"), key.rpartition("/")[2]):
                return found
        there = ", ".join(self.partition_inputs) or "none"
        raise DefinitionError(f"There is no input {name!r} with partitions: there is {there}.")
