"""What Dagster's `AssetsDefinition` says of its assets by key: for code that asks for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.definitions.conditions import AutomationCondition
from tui.definitions.keys import AssetKey
from tui.definitions.specs import AssetSpec


class SaidByKey:
    """Parts of the specs of several assets, by their keys."""

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
    def dependency_keys(self) -> Iterable[AssetKey]:
        """What any of them reads."""
        return set().union(*self.asset_deps.values())
