"""What Dagster's `AssetsDefinition` says of its assets by key: for code that asks for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.definitions.checks import AssetCheckSpec
from tui.definitions.conditions import AutomationCondition
from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.partition_mappings import PartitionMapping
from tui.definitions.specs import AssetSpec


class SaidByKey:
    """Parts of the specs of several assets, by their keys."""

    check_specs: Any
    """Checks whose results the function itself tells."""

    @property
    @abstractmethod
    def specs_by_key(self) -> Mapping[AssetKey, AssetSpec]:
        """What is said of each asset."""

    @property
    def group_names_by_key(self) -> dict[AssetKey, str]:
        """The group of each; Dagster's `default` where it has none."""
        return {key: spec.group_name or "default" for key, spec in self.specs_by_key.items()}

    @property
    def descriptions_by_key(self) -> dict[AssetKey, str]:
        """The description of each that has one."""
        specs = self.specs_by_key.items()
        return {key: spec.description for key, spec in specs if spec.description}

    @property
    def metadata_by_key(self) -> dict[AssetKey, Mapping[str, Any]]:
        """The metadata of each."""
        return {key: spec.metadata for key, spec in self.specs_by_key.items()}

    @property
    def tags_by_key(self) -> dict[AssetKey, Mapping[str, str]]:
        """The tags of each."""
        return {key: spec.tags for key, spec in self.specs_by_key.items()}

    @property
    def owners_by_key(self) -> dict[AssetKey, Sequence[str]]:
        """The owners of each."""
        return {key: spec.owners for key, spec in self.specs_by_key.items()}

    @property
    def code_versions_by_key(self) -> dict[AssetKey, str | None]:
        """The code version of each."""
        return {key: spec.code_version for key, spec in self.specs_by_key.items()}

    @property
    def automation_conditions_by_key(self) -> dict[AssetKey, AutomationCondition]:
        """The condition of each that has one."""
        specs = self.specs_by_key.items()
        return {k: spec.automation_condition for k, spec in specs if spec.automation_condition}

    @property
    def asset_deps(self) -> dict[AssetKey, set[AssetKey]]:
        """What each reads."""
        return {key: {dep.asset_key for dep in spec.deps}
                for key, spec in self.specs_by_key.items()}  # fmt: skip

    @property
    def keys_by_output_name(self) -> dict[str, AssetKey]:
        """Each key by the name of its output."""
        named = getattr(self, "outputs", None)
        if named:
            return dict(named)
        keys = list(self.specs_by_key)
        if len(keys) == 1 and not getattr(self, "is_dbt_assets", False):
            return {"result": keys[0]}
        return {key.to_python_identifier(): key for key in keys}

    @property
    def keys_by_input_name(self) -> dict[str, AssetKey]:
        """What any of them reads, by the name that Dagster has for the input."""
        own = self.specs_by_key
        return {
            f"{'__subset_input__' if key in own else ''}{key.to_python_identifier()}": key
            for key in self.dependency_keys
        }

    @property
    def input_names(self) -> list[str]:
        """These names."""
        return list(self.keys_by_input_name)

    @property
    def check_specs_by_output_name(self) -> dict[str, AssetCheckSpec]:
        """The checks that the function tells itself, by the names of their outputs."""
        return {spec.get_python_identifier(): spec for spec in self.check_specs}

    def get_partition_mapping(self, in_asset_key: CoercibleToAssetKey) -> PartitionMapping | None:
        """Which partitions of an asset that any of them reads a partition is made of; None for
        the usual ones.
        """
        key = AssetKey.from_coercible(in_asset_key)
        deps = (dep for spec in self.specs_by_key.values() for dep in spec.deps)
        return next((dep.partition_mapping for dep in deps if dep.asset_key == key), None)

    @property
    def dependency_keys(self) -> Iterable[AssetKey]:
        """What any of them reads."""
        return set().union(*self.asset_deps.values())
