"""The context that a running function of the definitions gets: what to build, in which run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.metadata import metadata_value


class AssetExecutionContext:
    """The first argument, named `context`, of a function under `@asset`, `@asset_check` or
    `@dbt_assets`.

    Outside a run it can be made for a test: `AssetExecutionContext(selected=["orders"])`.
    """

    def __init__(
        self,
        *,
        run_id: str = "",
        selected: Any = (),
        selected_checks: Any = (),
        resources: Mapping[str, Any] | None = None,
        assets_def: Any = None,
        is_subset: bool = False,
        run_tags: Mapping[str, str] | None = None,
        full_refresh: bool = False,
        log: logging.Logger | None = None,
    ) -> None:
        self.run_id = run_id
        """The id of dbtree's run."""
        self.selected_asset_keys: set[AssetKey] = {AssetKey.from_coercible(one) for one in selected}
        """The assets that this call is to make."""
        self.selected_asset_check_keys: set[AssetCheckKey] = set(selected_checks)
        """The checks that this call is to make."""
        self.resources = SimpleNamespace(**(resources or {}))
        """The resources of the definitions, by name."""
        self.assets_def = assets_def
        """The definition whose function this is."""
        self.is_subset = is_subset
        """Whether less is wanted than the definition can make."""
        self.run_tags: Mapping[str, str] = dict(run_tags or {})
        """Of the run: `dbtree/target`, `dbtree/full_refresh`, `dbtree/schedule_name`, …"""
        self.full_refresh = full_refresh
        """Whether everything is to be built from nothing. (Not in Dagster.)"""
        self.log = log or logging.getLogger("dbtree.definitions")
        """A logger; what is said to it stands in the run's log."""
        self.added: dict[AssetKey, dict[str, Any]] = {}
        """What `add_output_metadata` was given."""

    # -- what there is --------------------------------------------------------

    @property
    def has_assets_def(self) -> bool:
        """Whether this is the context of an asset's function."""
        return self.assets_def is not None

    @property
    def has_partition_key(self) -> bool:
        """Always false: dbtree has no partitions."""
        return False

    @property
    def has_partition_key_range(self) -> bool:
        """Always false: dbtree has no partitions."""
        return False

    @property
    def asset_key(self) -> AssetKey:
        """The one asset of this call. Raises DefinitionError where there are several."""
        if len(self.selected_asset_keys) != 1:
            count = len(self.selected_asset_keys)
            raise DefinitionError(
                f"There are {count} assets in this call: use selected_asset_keys."
            )
        return next(iter(self.selected_asset_keys))

    def has_tag(self, key: str) -> bool:
        """Whether the run has a tag."""
        return key in self.run_tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run."""
        return self.run_tags.get(key)

    # -- what is told ---------------------------------------------------------

    def add_output_metadata(
        self, metadata: Mapping[str, Any], asset_key: AssetKey | None = None
    ) -> None:
        """Remember metadata of the materialization that this call makes.

        Args:
            metadata: Label → value, see `MetadataValue`.
            asset_key: Of which asset; may be left out where there is only one.
        """
        key = asset_key if asset_key is not None else self.asset_key
        for value in metadata.values():
            metadata_value(value)
        self.added.setdefault(key, {}).update(metadata)

    def add_asset_metadata(
        self, metadata: Mapping[str, Any], asset_key: AssetKey | None = None
    ) -> None:
        """The same as `add_output_metadata`."""
        self.add_output_metadata(metadata, asset_key)


AssetCheckExecutionContext = AssetExecutionContext
"""What a check's function is told."""
