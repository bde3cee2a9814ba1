"""`Definitions`: all that a project defines, in one object of its module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, refuse_unknown
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.resource import DbtCliResource
from tui.definitions.schedules import JobDefinition, ScheduleDefinition
from tui.definitions.specs import AssetSpec

REFUSED = {
    "sensors": "dbtree has no sensors.",
    "executor": "dbtree runs assets one after the other, and dbt's as dbt does.",
    "loggers": "use context.log.",
    "component_tree": "dbtree has no components.",
}


ASSETS = (AssetsDefinition, DbtAssetsDefinition, AssetSpec, AssetChecksDefinition)
Named = UserFunction | AssetSpec
"""What has a place in the user's files."""


class Definitions:
    """What a project defines: `defs = Definitions(assets=[…], schedules=[…], resources={…})`.

    Args:
        assets: Functions under `@asset` and `@dbt_assets`.
        schedules: Schedules.
        jobs: Jobs that schedules name.
        resources: What functions ask for by the names of their arguments:
            {"dbt": DbtCliResource(…)}.
        asset_checks: Functions under `@asset_check`.
        metadata: Accepted and left alone.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: for two assets of one key, a resource that is asked for and not there,
            and similar; naming the file and line.
    """

    def __init__(
        self,
        assets: Iterable[Any] | None = None,
        schedules: Iterable[ScheduleDefinition] | None = None,
        jobs: Iterable[JobDefinition] | None = None,
        resources: Mapping[str, Any] | None = None,
        asset_checks: Iterable[AssetChecksDefinition] | None = None,
        metadata: Mapping[str, Any] | None = None,
        **refused: Any,
    ) -> None:
        refuse_unknown("Definitions", refused, REFUSED)
        given = _each_once(assets)
        for one in given:
            if not isinstance(one, ASSETS):
                raise DefinitionError(
                    f"{_named(one)} is not an asset: put @asset above its function."
                )
        self.assets = tuple(one for one in given if isinstance(one, AssetsDefinition))
        self.dbt_assets = tuple(one for one in given if isinstance(one, DbtAssetsDefinition))
        self.specs = tuple(one for one in given if isinstance(one, AssetSpec))
        """Assets that are made elsewhere."""
        # Dagster takes checks among the assets too.
        among = [one for one in given if isinstance(one, AssetChecksDefinition)]
        self.asset_checks = tuple(_each_once([*among, *(asset_checks or ())]))
        for check in self.asset_checks:
            if not isinstance(check, AssetChecksDefinition):
                raise DefinitionError(
                    f"{_named(check)} is not a check: put @asset_check above its function."
                )
        self.jobs = {job.name: job for job in jobs or ()}
        self.resources = dict(resources or {})
        self.schedules = tuple(schedules or ())
        self._check_keys()
        self._check_resources()
        self._check_schedules()

    def _check_keys(self) -> None:
        seen: dict[AssetKey | AssetCheckKey, Named] = {}
        for one in self.assets:
            for key in one.keys:
                _claim(seen, key, one.function, "asset")
            for spec in one.check_specs:
                _claim(seen, spec.key, one.function, "check")
        for said in self.specs:
            _claim(seen, said.key, said, "asset")
        for check in self.asset_checks:
            for spec in check.specs:
                _claim(seen, spec.key, check.function, "check")
        names: dict[str, UserFunction] = {}
        for each in self.dbt_assets:
            if each.name in names:
                raise _twice("@dbt_assets function", each.name, names[each.name], each.function)
            names[each.name] = each.function

    def _check_resources(self) -> None:
        everything: tuple[Any, ...] = (*self.assets, *self.dbt_assets, *self.asset_checks)
        for one in everything:
            asked = [*one.function.resource_names(), *one.required_resource_keys]
            for name in asked:
                if name not in self.resources:
                    raise DefinitionError(
                        f"{one.function.name} asks for {name!r}, and the Definitions have no such "
                        "resource. (What an asset reads from another is named in deps.)",
                        path=one.function.path, line=one.function.line,
                    )  # fmt: skip

    def _check_schedules(self) -> None:
        seen: dict[str, ScheduleDefinition] = {}
        for schedule in self.schedules:
            if not isinstance(schedule, ScheduleDefinition):
                raise DefinitionError(f"{_named(schedule)} is not a schedule.")
            if schedule.name in seen:
                raise DefinitionError(
                    f"There are two schedules {schedule.name!r}.",
                    path=schedule.path, line=schedule.line,
                )  # fmt: skip
            seen[schedule.name] = schedule
            schedule.selection(self.jobs)

    def dbt_resources(self) -> list[DbtCliResource]:
        """The resources that are dbt's command line."""
        return [one for one in self.resources.values() if isinstance(one, DbtCliResource)]


def find_definitions(module: ModuleType) -> Definitions:
    """The one Definitions object of a module. Raises DefinitionError for none and for several."""
    found = {id(value): value for value in vars(module).values() if isinstance(value, Definitions)}
    file = str(module.__file__ or "")
    if not found:
        raise DefinitionError(
            f"{module.__name__} has no Definitions object: add `defs = Definitions(assets=[…])`.",
            path=file, line=1,
        )  # fmt: skip
    if len(found) > 1:
        raise DefinitionError(
            f"{module.__name__} has {len(found)} Definitions objects, but must have exactly one.",
            path=file, line=1,
        )  # fmt: skip
    return next(iter(found.values()))


def load_assets_from_modules(modules: Iterable[ModuleType]) -> list[Any]:
    """All assets that are in these modules."""
    kinds = (AssetsDefinition, DbtAssetsDefinition)
    found = (value for module in modules for value in vars(module).values())
    return list({id(one): one for one in found if isinstance(one, kinds)}.values())


def load_asset_checks_from_modules(modules: Iterable[ModuleType]) -> list[AssetChecksDefinition]:
    """All checks that are in these modules."""
    found = (value for module in modules for value in vars(module).values())
    return list({id(one): one for one in found if isinstance(one, AssetChecksDefinition)}.values())


def _each_once(given: Iterable[Any] | None) -> list[Any]:
    """Objects in their order, each once; a list among them stands for what is in it."""
    flat: list[Any] = []
    for one in given or ():
        flat += _each_once(one) if isinstance(one, list | tuple) else [one]
    return list({id(one): one for one in flat}.values())


def _claim(seen: dict[Any, Named], key: Any, by: Named, kind: str) -> None:
    if key in seen:
        raise _twice(kind, key.to_user_string(), seen[key], by)
    seen[key] = by


def _twice(kind: str, name: str, first: Named, second: Named) -> DefinitionError:
    other = f"{first.name} at " if isinstance(first, UserFunction) else ""
    return DefinitionError(
        f"There are two {kind}s {name}: the other is {other}{first.path}:{first.line}.",
        path=second.path, line=second.line,
    )  # fmt: skip


def _named(value: Any) -> str:
    return getattr(value, "__name__", None) or repr(value)
