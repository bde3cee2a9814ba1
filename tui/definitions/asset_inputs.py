"""`AssetIn`: which asset an argument of a function means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.partition_mappings import PartitionMapping, checked_mapping


class AssetIn:
    """Which asset an argument of a function is the value of; it is upstream, and no value is given.

    Args:
        key: The asset's key.
        key_prefix: What stands before the argument's name, in place of the whole key.
        partition_mapping: Which of its partitions a partition is made of.
        ignored: What else Dagster's has.
    """

    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        metadata: Any = None,
        key_prefix: str | Sequence[str] | None = None,
        partition_mapping: PartitionMapping | None = None,
        **ignored: Any,
    ) -> None:
        self.partition_mapping = checked_mapping(partition_mapping)
        self.key = None if key is None else AssetKey.from_coercible(key)
        self.key_prefix = key_prefix

    def key_of(self, argument: str) -> AssetKey:
        """The key of the asset that an argument of this name means."""
        if self.key is not None:
            return self.key
        named = AssetKey(argument)
        return named.with_prefix(self.key_prefix) if self.key_prefix else named
