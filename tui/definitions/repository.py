"""`Definitions`: all that a project defines, in one object of its module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any

from tui.definitions.asset_graph import AssetGraph
from tui.definitions.assets import AssetsDefinition, one_of
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.errors import DefinitionError, ManifestMissing, UnknownName
from tui.definitions.functions import UserFunction, no_such_resource, refuse_unknown
from tui.definitions.keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from tui.definitions.resource import DbtCliResource
from tui.definitions.schedules import JobDefinition, ScheduleDefinition
from tui.definitions.sensors import SensorDefinition
from tui.definitions.spec_selection import chosen_keys
from tui.definitions.specs import AssetSpec, map_asset_specs
from tui.definitions.unserved import Unserved, is_noting, note, served

REFUSED = {
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
        sensors: Functions under `@sensor` and its kin.
        metadata: Accepted and left alone.
        is_whole: Whether the resources that are asked for must be among these. (Not in Dagster.)
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
        sensors: Iterable[SensorDefinition] | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        is_whole: bool = True,
        **refused: Any,
    ) -> None:
        refuse_unknown("Definitions", refused, REFUSED)
        self.is_dagsters = is_noting()
        """Whether they are those of a project of Dagster's."""
        self.unserved: tuple[Unserved, ...] = ()
        """What of a project of Dagster's was passed over."""
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
        self.jobs = {job.name: job for job in served(jobs)}
        self.resources = dict(resources or {})
        self.schedules = tuple(_each_once(schedules))
        self.sensors = tuple(filter(self._can_ask, _each_once(sensors)))
        self._check_keys()
        self._check_schedules()
        if is_whole and not is_noting():  # there, once all of it is together
            self.check_resources()

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

    def check_resources(self) -> None:
        """Raise DefinitionError for a resource that is asked for and not there. In a project of
        Dagster's it is the value of an asset, which is then upstream.
        """
        if is_noting():
            self.assets = tuple(self._with_inputs(one) for one in self.assets)
            return
        known = self.resources.keys()
        for sensor in self.sensors:
            _check_asked(sensor, sensor.resource_names(known), known)
        everything: tuple[Any, ...] = (*self.assets, *self.dbt_assets, *self.asset_checks)
        for one in everything:
            asked = [*one.function.resource_names(), *one.required_resource_keys]
            _check_asked(one.function, asked, known)

    def resolve_asset_graph(self) -> AssetGraph:
        """The assets and checks, which a selection is resolved in: for tests of definitions."""
        return AssetGraph([*self.assets, *self.dbt_assets, *self.specs, *self.asset_checks])

    @staticmethod
    def validate_loadable(defs: Definitions) -> None:
        """Raise DefinitionError where something is wrong with definitions: for tests of them."""
        defs.check_resources()
        defs.settle_schedules()
        for one in (*defs.jobs.values(), *(each.job for each in defs.schedules if each.job)):
            chosen_keys(defs.resolve_all_asset_specs(), one.selection)

    def resolve_assets_def(self, key: CoercibleToAssetKey) -> Any:
        """The definition that makes an asset. Raises DefinitionError where there is none."""
        wanted = AssetKey.from_coercible(key)
        makers: tuple[Any, ...] = (*self.assets, *self.dbt_assets)
        for one in makers:
            if wanted in one.keys:
                return one
        raise UnknownName(f"No function makes the asset {wanted}.")

    get_assets_def = resolve_assets_def

    def resolve_all_asset_keys(self) -> list[AssetKey]:
        """The keys of all assets."""
        return [spec.key for spec in self._all_specs()]

    def resolve_all_asset_specs(self) -> list[AssetSpec]:
        """What is said of each asset."""
        return self._all_specs()

    def resolve_job_def(self, name: str) -> JobDefinition:
        """The job of a name, which `execute_in_process` runs. Raises DefinitionError where there
        is none.
        """
        found = self.job_named(name)
        if found is None:
            raise UnknownName(f"There is no job {name!r}.")
        return replace(found, definitions=self)

    get_job_def = resolve_job_def

    def resolve_schedule_def(self, name: str) -> ScheduleDefinition:
        """The schedule of a name. Raises DefinitionError where there is none."""
        found: ScheduleDefinition | None = next(
            (one for one in self.schedules if one.name == name), None
        )
        if found is None:
            raise UnknownName(f"There is no schedule {name!r}.")
        return found

    get_schedule_def = resolve_schedule_def

    def resolve_sensor_def(self, name: str) -> SensorDefinition:
        """The sensor of a name. Raises DefinitionError where there is none."""
        found: SensorDefinition | None = next(
            (one for one in self.sensors if one.name == name), None
        )
        if found is None:
            raise UnknownName(f"There is no sensor {name!r}.")
        return found

    get_sensor_def = resolve_sensor_def

    def settle_schedules(self) -> None:
        """Let the schedules of partitions tick when those of their assets are over. Raises
        DefinitionError where they have none; in a project of Dagster's that is noted.
        """
        waiting = [one for one in self.schedules if getattr(one, "waits", False)]
        specs = self._all_specs() if waiting else []
        for one in waiting:
            try:
                chosen = chosen_keys(specs, one.selection(self.jobs))
                found = (spec.partitions_def for spec in specs if spec.key in chosen)
                one.settle(next(filter(None, found), None))
            except DefinitionError as error:
                if not note(error.message, path=one.path, line=one.line):
                    raise
                self.schedules = tuple(each for each in self.schedules if each is not one)

    def _with_inputs(self, one: AssetsDefinition) -> AssetsDefinition:
        """The same with what its arguments ask for, as Dagster's I/O managers would give it."""
        read = []
        for name in one.function.resource_names():
            if name in self.resources:
                continue
            key = self._key_named(name)
            what = "neither a resource nor an asset" if key is None else "the value of an asset"
            why = "" if key is None else ", and dbtree has no I/O managers"
            words = f"{one.function.name} asks for {name}, {what}{why}: it cannot be run."
            note(words, path=one.function.path, line=one.function.line)
            read += [] if key is None else [key]
        return one.map_asset_specs(lambda spec: spec.merge_attributes(deps=read)) if read else one

    def _key_named(self, name: str) -> AssetKey | None:
        """The asset that an argument of a function means."""
        keys = [*(key for one in self.assets for key in one.keys), *(one.key for one in self.specs)]
        with suppress(ManifestMissing):  # not made yet: whoever loads the definitions has one
            keys += [spec.key for one in self.dbt_assets for spec in one.specs]
        if AssetKey(name) in keys:
            return AssetKey(name)
        same = [key for key in keys if key.path[-1] == name]
        return same[0] if len(same) == 1 else None

    def _check_schedules(self) -> None:
        seen: dict[str, str] = {}
        for one in (*self.schedules, *self.sensors):
            kind = ScheduleDefinition if one in self.schedules else SensorDefinition
            what = "schedule" if kind is ScheduleDefinition else "sensor"
            if not isinstance(one, kind):
                hint = ": put @sensor above its function" if what == "sensor" else ""
                raise DefinitionError(f"{_named(one)} is not a {what}{hint}.")
            if one.name in seen:
                two = f"two {what}s" if seen[one.name] == what else "a schedule and a sensor"
                words = f"There are {two} {one.name!r}."
                raise DefinitionError(words, path=one.path, line=one.line)
            seen[one.name] = what
            if isinstance(one, ScheduleDefinition):
                one.selection(self.jobs)
                one.take_settings_of(self.jobs.get(one.job_name or ""))
            else:
                one.targets(self.jobs)

    def _can_ask(self, one: Any) -> bool:
        """Whether a sensor has what it asks for; in a project of Dagster's it is left out, and
        noted, where its jobs are such as dbtree does not have.
        """
        if not is_noting() or not isinstance(one, SensorDefinition):
            return True
        try:
            one.targets(self.jobs)
        except DefinitionError as error:
            note(error.message, path=one.path, line=one.line)
            return False
        return True

    @staticmethod
    def merge(*defs: Definitions) -> Definitions:
        """All that several hold, in one.

        Raises:
            DefinitionError: for two assets of one key, two resources of one name, and similar.
        """
        resources: dict[str, Any] = {}
        for one in defs:
            for name, resource in one.resources.items():
                if name in resources and resources[name] is not resource:
                    raise DefinitionError(f"There are two resources {name!r}.")
                resources[name] = resource
        return Definitions(
            assets=[each for one in defs for each in one.all_assets],
            asset_checks=[each for one in defs for each in one.asset_checks],
            jobs=[job for one in defs for job in one.jobs.values()],
            schedules=[each for one in defs for each in one.schedules],
            sensors=[each for one in defs for each in one.sensors],
            resources=resources,
            is_whole=False,
        )

    @property
    def all_assets(self) -> tuple[Any, ...]:
        """Assets of Python's, of dbt's, and those that are made elsewhere."""
        return (*self.assets, *self.dbt_assets, *self.specs)

    def map_asset_specs(
        self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None
    ) -> Definitions:
        """The same with what a function makes of each spec, or of those of a selection.

        Raises:
            DefinitionError: for a selection that is not understood.
        """
        if selection is not None and selection != "*":
            chosen = chosen_keys(self._all_specs(), selection)
        else:
            chosen = None

        def changed(spec: AssetSpec) -> AssetSpec:
            return func(spec) if chosen is None or spec.key in chosen else spec

        return Definitions(
            assets=map_asset_specs(changed, self.all_assets), asset_checks=self.asset_checks,
            jobs=list(self.jobs.values()), schedules=self.schedules, sensors=self.sensors,
            resources=self.resources, is_whole=False,
        )  # fmt: skip

    map_resolved_asset_specs = map_asset_specs

    def _all_specs(self) -> list[AssetSpec]:
        found = [*self.specs, *(spec for one in self.assets for spec in one.specs)]
        return [*found, *(spec for one in self.dbt_assets for spec in one.specs)]

    def get_asset_spec(self, key: CoercibleToAssetKey) -> AssetSpec:
        """What is said of an asset. Raises DefinitionError where there is none."""
        return one_of(self._all_specs(), key)

    def job_named(self, name: str) -> JobDefinition | None:
        """The job of a name, of these or of a schedule or sensor; None where there is none."""
        of_schedules = (one.job for one in self.schedules if one.job is not None)
        of_sensors = (job for one in self.sensors for job in one.jobs)
        known = {job.name: job for job in (*of_sensors, *of_schedules)}
        return self.jobs.get(name) or known.get(name)

    def dbt_resources(self) -> list[DbtCliResource]:
        """The resources that are dbt's command line."""
        return [one for one in self.resources.values() if isinstance(one, DbtCliResource)]


def find_definitions(module: ModuleType) -> Definitions:
    """The one Definitions object of a module, or what its `@definitions` function makes.

    Raises:
        DefinitionError: for none and for several.
    """
    found = {id(value): value for value in vars(module).values() if isinstance(value, Definitions)}
    file = str(module.__file__ or "")
    if not found:
        lazy = [one for one in vars(module).values() if hasattr(one, "call") and callable(one)]
        made = [one() for one in lazy if type(one).__name__ == "LazyDefinitions"]
        found = {id(one): one for one in made}
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


def _each_once(given: Iterable[Any] | None) -> list[Any]:
    """Objects in their order, each once; a list among them stands for what is in it."""
    flat: list[Any] = []
    for one in served(given):
        flat += _each_once(one) if isinstance(one, list | tuple) else [one]
    return list({id(one): one for one in flat}.values())


def _check_asked(one: Any, asked: Iterable[str], known: Set[str]) -> None:
    """Raise for a resource that a function asks for and is not there."""
    for name in asked:
        if name not in known:
            words = no_such_resource(one.name, name)
            raise DefinitionError(words, path=one.path, line=one.line)


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
