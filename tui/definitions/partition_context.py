"""What a running function is told of the partitions of its run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.partition_inputs import InputContext
from tui.definitions.partitions import (
    MultiPartitionKey,
    MultiPartitionsDefinition,
    PartitionKeyRange,
    PartitionsDefinition,
)
from tui.definitions.time_partitions import TimeWindow, window_of

NONE = "This run has no partition: choose one, `dbtree materialize --partition KEY`."


class PartitionContext(InputContext):
    """The partitions of a run, as part of the context of each of its functions."""

    run_partitions: tuple[str, ...] = ()
    """The keys that the run makes, in their order."""
    partitions_def: PartitionsDefinition | None = None
    """The partitions of what the function makes; None where it has none."""

    @property
    def has_partition_key(self) -> bool:
        """Whether the run makes one partition."""
        return len(self.run_partitions) == 1

    @property
    def has_partition_key_range(self) -> bool:
        """Whether the run makes several partitions."""
        return len(self.run_partitions) > 1

    @property
    def partition_keys(self) -> Sequence[str]:
        """The keys that the run makes. Raises DefinitionError where it has none."""
        if not self.run_partitions:
            raise DefinitionError(NONE)
        return [self._key(key) for key in self.run_partitions]

    @property
    def partition_key(self) -> str:
        """The key that the run makes. Raises DefinitionError where it has none, or several."""
        keys = self.partition_keys
        if len(keys) > 1:
            raise DefinitionError(
                f"This run has {len(keys)} partitions: use partition_key_range or partition_keys."
            )
        return keys[0]

    @property
    def multi_partition_key(self) -> MultiPartitionKey:
        """The same where it has two dimensions. Raises DefinitionError where it has one."""
        key = self.partition_key
        if not isinstance(key, MultiPartitionKey):
            raise DefinitionError(f"The partition {key!r} has one dimension: use partition_key.")
        return key

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The first and the last key that the run makes."""
        keys = self.partition_keys
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time from the start of the first partition of the run to the end of the last.
        Raises DefinitionError where there is no time in the partitions.
        """
        keys = self.partition_keys
        if self.partitions_def is None:
            raise DefinitionError("This function has no partitions: give it a partitions_def.")
        return window_of(self.partitions_def, keys[0], keys[-1])

    def _key(self, key: str) -> str:
        if isinstance(self.partitions_def, MultiPartitionsDefinition):
            return self.partitions_def.get_partition_key_from_str(key)
        return key

    # -- the same under the names that they have of an output ----------------------------

    def asset_partition_key_for_output(self, output_name: str = "result") -> str:
        """The key that the run makes."""
        return self.partition_key

    def asset_partition_keys_for_output(self, output_name: str = "result") -> Sequence[str]:
        """The keys that the run makes."""
        return self.partition_keys

    def asset_partition_key_range_for_output(
        self, output_name: str = "result"
    ) -> PartitionKeyRange:
        """The first and the last key that the run makes."""
        return self.partition_key_range

    def asset_partitions_time_window_for_output(self, output_name: str = "result") -> TimeWindow:
        """The time of the partitions that the run makes."""
        return self.partition_time_window

    def asset_partitions_def_for_output(self, output_name: str = "result") -> Any:
        """The partitions of what the function makes."""
        return self.partitions_def

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """The first and the last key that the run makes."""
        return self.partition_key_range
