"""`AssetGraph`: the assets and checks of some definitions, which a selection is resolved in.

AssetSelection.groups("marts").downstream().resolve([orders, report])
selection.resolve(defs.resolve_asset_graph())
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError, UnknownName
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.specs import AssetSpec


class AssetGraph:
    """Assets, what they read that is made elsewhere, and their checks."""

    def __init__(self, assets: Iterable[Any]) -> None:
        """The graph of functions under `@asset`, `@dbt_assets` and `@asset_check`, and of specs.

        Raises:
            DefinitionError: for anything else.
        """
        self.specs: dict[AssetKey, AssetSpec] = {}
        self.materializable_asset_keys: set[AssetKey] = set()
        self.checks: dict[AssetCheckKey, AssetKey] = {}
        for one in assets:
            if isinstance(one, AssetSpec):
                self.specs[one.key] = one
            elif isinstance(one, AssetsDefinition | DbtAssetsDefinition):
                own = {spec.key: spec for spec in one.specs}
                self.specs |= own
                self.materializable_asset_keys |= own.keys()
                self._add_checks(one.check_specs)
            elif isinstance(one, AssetChecksDefinition):
                self._add_checks(one.specs)
            else:
                raise DefinitionError(f"{one!r} is not an asset: put @asset above its function.")
        for spec in list(self.specs.values()):
            for dep in spec.deps:
                if dep.asset_key not in self.specs:  # as dbt's sources, which no definition has
                    self.specs[dep.asset_key] = AssetSpec(dep.asset_key)

    @staticmethod
    def from_assets(assets: Iterable[Any]) -> AssetGraph:
        """The graph of some assets and checks."""
        return AssetGraph(assets)

    @staticmethod
    def of(given: Any) -> AssetGraph:
        """A graph as it is given: itself, or assets and checks."""
        return given if isinstance(given, AssetGraph) else AssetGraph(given)

    def _add_checks(self, specs: Iterable[Any]) -> None:
        self.checks.update({spec.key: spec.key.asset_key for spec in specs})

    @property
    def asset_check_keys(self) -> set[AssetCheckKey]:
        """The keys of all checks."""
        return set(self.checks)

    def get_all_asset_keys(self) -> set[AssetKey]:
        """The keys of all assets."""
        return set(self.specs)

    def get(self, key: AssetKey) -> AssetSpec:
        """What is said of an asset. Raises DefinitionError where there is none."""
        if key not in self.specs:
            raise UnknownName(f"There is no asset {key}.")
        return self.specs[key]

    def has(self, key: AssetKey) -> bool:
        """Whether there is an asset of a key."""
        return key in self.specs
