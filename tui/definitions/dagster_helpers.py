"""Small names of Dagster's that only a project of Dagster's needs: see `stand_in`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.partition_mappings import PartitionMapping, checked_mapping

__all__ = ["AssetIn", "file_relative_path"]


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


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """A path relative to the directory of a file: `file_relative_path(__file__, "data.csv")`."""
    return os.path.join(os.path.dirname(dunderfile), relative_path)
