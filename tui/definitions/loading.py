"""Definitions gathered from modules and packages: `load_definitions_from_modules` and its kin."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.conditions import AutomationCondition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError, is_ours
from tui.definitions.freshness import FreshnessPolicy
from tui.definitions.functions import refuse_unknown
from tui.definitions.repository import Definitions
from tui.definitions.schedules import JobDefinition, ScheduleDefinition
from tui.definitions.sensors import SensorDefinition
from tui.definitions.specs import NO_POLICY, AssetSpec

ASSETS = (AssetsDefinition, DbtAssetsDefinition, AssetSpec)
REFUSED = {
    "auto_materialize_policy": NO_POLICY, "legacy_freshness_policy": NO_POLICY,
    "backfill_policy": "give it to each asset.",
    "executor": "dbtree runs assets one after the other, and dbt's as dbt does.",
    "loggers": "use context.log.",
}  # fmt: skip


def load_assets_from_modules(
    modules: Iterable[ModuleType],
    group_name: str | None = None,
    key_prefix: str | list[str] | None = None,
    *,
    include_specs: bool = False,
    automation_condition: AutomationCondition | None = None,
    freshness_policy: FreshnessPolicy | None = None,
    **refused: Any,
) -> list[Any]:
    """All assets that are in these modules.

    Args:
        modules: The modules.
        group_name: The group of those that have none.
        key_prefix: Parts before the keys of Python's assets.
        include_specs: Whether AssetSpecs are taken too.
        automation_condition: Of those that have none.
        freshness_policy: Of those that have none.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("load_assets_from_modules", refused, REFUSED)
    found = _in_modules(modules, ASSETS if include_specs else ASSETS[:2])
    if not (group_name or key_prefix or automation_condition or freshness_policy):
        return found

    def changed(spec: AssetSpec) -> AssetSpec:
        key = spec.key.with_prefix(key_prefix) if key_prefix else spec.key
        return spec.replace_attributes(
            group_name=spec.group_name or group_name,
            key=key,
            automation_condition=spec.automation_condition or automation_condition,
            freshness_policy=spec.freshness_policy or freshness_policy,
        )

    return [
        changed(one) if isinstance(one, AssetSpec) else one.map_asset_specs(changed)
        for one in found
    ]


def load_asset_checks_from_modules(
    modules: Iterable[ModuleType], asset_key_prefix: str | list[str] | None = None
) -> list[AssetChecksDefinition]:
    """All checks that are in these modules.

    Args:
        modules: The modules.
        asset_key_prefix: Not in dbtree; must be None.
    """
    refuse_unknown("load_asset_checks_from_modules", {"asset_key_prefix": asset_key_prefix},
                   {"asset_key_prefix": "name the asset with its whole key."})  # fmt: skip
    return _in_modules(modules, (AssetChecksDefinition,))


def load_definitions_from_modules(
    modules: Iterable[ModuleType], resources: Mapping[str, Any] | None = None, **refused: Any
) -> Definitions:
    """All assets, checks, jobs, schedules and sensors that are in these modules.

    Args:
        modules: The modules.
        resources: What functions ask for by the names of their arguments.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("load_definitions_from_modules", refused, REFUSED)
    all_of = list(modules)
    own = Definitions(
        assets=_in_modules(all_of, ASSETS),
        asset_checks=_in_modules(all_of, (AssetChecksDefinition,)),
        jobs=_in_modules(all_of, (JobDefinition,)),
        schedules=_in_modules(all_of, (ScheduleDefinition,)),
        sensors=_in_modules(all_of, (SensorDefinition,)),
        resources=resources,
        is_whole=False,
    )
    return Definitions.merge(own, *(one for each in all_of for one in definitions_in(each)))


def definitions_in(module: ModuleType) -> list[Definitions]:
    """The Definitions of a module, and those that its functions under `@definitions` make."""
    made = [one() for one in _in_modules([module], (LazyDefinitions,))]
    return [*_in_modules([module], (Definitions,)), *made]


def load_definitions_from_module(module: ModuleType, **options: Any) -> Definitions:
    """The same of one module."""
    return load_definitions_from_modules([module], **options)


def load_definitions_from_package_module(package_module: ModuleType, **options: Any) -> Definitions:
    """The same of a package and all that is in it."""
    return load_definitions_from_modules(_in_package(package_module), **options)


def load_definitions_from_package_name(package_name: str, **options: Any) -> Definitions:
    """The same of a package by its name."""
    return load_definitions_from_package_module(importlib.import_module(package_name), **options)


def load_definitions_from_current_module(**options: Any) -> Definitions:
    """The same of the module that calls this."""
    return load_definitions_from_modules([_calling_module()], **options)


def load_assets_from_current_module(**options: Any) -> list[Any]:
    """All assets of the module that calls this."""
    return load_assets_from_modules([_calling_module()], **options)


def load_assets_from_package_module(package_module: ModuleType, **options: Any) -> list[Any]:
    """All assets of a package and all that is in it."""
    return load_assets_from_modules(_in_package(package_module), **options)


def load_assets_from_package_name(package_name: str, **options: Any) -> list[Any]:
    """All assets of a package by its name."""
    return load_assets_from_package_module(importlib.import_module(package_name), **options)


def load_asset_checks_from_current_module() -> list[AssetChecksDefinition]:
    """All checks of the module that calls this."""
    return load_asset_checks_from_modules([_calling_module()])


def load_asset_checks_from_package_module(package: ModuleType) -> list[AssetChecksDefinition]:
    """All checks of a package and all that is in it."""
    return load_asset_checks_from_modules(_in_package(package))


def load_asset_checks_from_package_name(package_name: str) -> list[AssetChecksDefinition]:
    """All checks of a package by its name."""
    return load_asset_checks_from_package_module(importlib.import_module(package_name))


class LazyDefinitions:
    """A function that makes the Definitions; what `@definitions` returns."""

    def __init__(self, call: Callable[[], Definitions]) -> None:
        self.call = call
        self._made: Definitions | None = None

    def __call__(self) -> Definitions:
        """The Definitions, made once. Raises DefinitionError where it is anything else."""
        if self._made is None:
            made = self.call()
            if not isinstance(made, Definitions):
                raise DefinitionError(f"@definitions: {self.call.__name__} returned {made!r}.")
            self._made = made
        return self._made


def definitions(fn: Callable[[], Definitions]) -> LazyDefinitions:
    """Mark a function that returns the Definitions of a project."""
    if inspect.signature(fn).parameters:
        raise DefinitionError("@definitions: the function takes no arguments in dbtree.")
    return LazyDefinitions(fn)


def _in_modules(modules: Iterable[ModuleType], kinds: tuple[type, ...]) -> list[Any]:
    """The objects of some kinds in modules, each once; those in lists of a module too."""
    found: dict[int, Any] = {}
    for module in modules:
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, kinds):
                    found[id(one)] = one
    return list(found.values())


def _in_package(package: ModuleType) -> list[ModuleType]:
    path = getattr(package, "__path__", None)
    if path is None:
        raise DefinitionError(f"{package.__name__} is not a package.")
    names = (one.name for one in pkgutil.walk_packages(path, f"{package.__name__}."))
    return [package, *(importlib.import_module(name) for name in names)]


def _calling_module() -> ModuleType:
    frame = sys._getframe(1)
    while is_ours(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return sys.modules[frame.f_globals["__name__"]]
