"""`materialize`: makes assets in this process, for tests of definitions.

It needs no dbtree and no engine: Python's assets are called one after the other, upstream first,
dbt's with the dbt of this environment. A failure raises.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.assets import AssetsDefinition
from tui.definitions.calls import called
from tui.definitions.checks import AssetChecksDefinition
from tui.definitions.configurable import configured_resources
from tui.definitions.context import AssetExecutionContext
from tui.definitions.dbt_assets import DbtAssetsDefinition
from tui.definitions.dbt_resources import node_of
from tui.definitions.dynamic_partitions import DagsterInstance
from tui.definitions.errors import DefinitionError, in_words
from tui.definitions.functions import refuse_unknown
from tui.definitions.hooks import HookContext, HookDefinition, call_hooks
from tui.definitions.keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from tui.definitions.metadata import plain
from tui.definitions.repository import Definitions
from tui.definitions.results import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetMaterialization,
    AssetObservation,
    MaterializeResult,
    Output,
)
from tui.definitions.run_config import config_tree
from tui.definitions.schedules import MATERIALIZE
from tui.definitions.selection import AssetSelection
from tui.definitions.sensor_events import DagsterEvent, DagsterRun, DagsterRunStatus

_KEY = re.compile(r"(\d*\+|)([\w/]+)(\+\d*|)")
Part = tuple[set[AssetKey], set[AssetCheckKey]]
"""The assets and checks that are chosen."""


def can_be_part(one: Any) -> bool:
    """Whether a function can make some of its assets."""
    return isinstance(one, DbtAssetsDefinition) or bool(getattr(one, "can_subset", False))


@dataclass
class ExecuteInProcessResult:
    """What `materialize` made."""

    run_id: str
    success: bool = True
    materializations: list[AssetMaterialization] = field(default_factory=list)
    """One for each asset, in the order in which they were made."""
    check_results: list[AssetCheckResult] = field(default_factory=list)
    observations: list[AssetObservation] = field(default_factory=list)
    """What dbt's tests said that are no checks of what was chosen, one for each asset they read."""
    failure: Exception | None = None
    """What the first function raised that failed, where that was not to be raised."""
    failures: dict[str, Exception] = field(default_factory=dict)
    """The same of each function that failed, by its name."""
    partitions: tuple[str, ...] = ()
    """The partition that was made, if any."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the run."""
    outputs: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What each function returned, or yielded as an Output, by its name and that of the output."""

    @property
    def dagster_run(self) -> DagsterRun:
        """The run, with its tags."""
        status = DagsterRunStatus.SUCCESS if self.success else DagsterRunStatus.FAILURE
        return DagsterRun(self.run_id, status=status, tags=self.tags)

    def asset_materializations_for_node(self, node_name: str) -> list[AssetMaterialization]:
        """The materializations of the function of this name."""
        return [one for one in self.materializations if one.tags.get("function") == node_name]

    def asset_observations_for_node(self, node_name: str) -> list[AssetObservation]:
        """The observations of the function of this name."""
        return [one for one in self.observations if one.tags.get("function") == node_name]

    def get_asset_materialization_events(self) -> list[DagsterEvent]:
        """All materializations, as events."""
        return [_event(one) for one in self.materializations]

    def get_asset_observation_events(self) -> list[DagsterEvent]:
        """All observations, as events."""
        return [_event(one) for one in self.observations]

    def get_asset_check_evaluations(self) -> list[AssetCheckResult]:
        """All results of checks."""
        return list(self.check_results)

    def get_step_failure_events(self) -> list[DagsterEvent]:
        """An event for each function that failed."""
        return [DagsterEvent(in_words(e), step_key=name) for name, e in self.failures.items()]

    def get_failed_step_keys(self) -> set[str]:
        """The names of the functions that failed."""
        return set(self.failures)

    def get_step_success_events(self) -> list[DagsterEvent]:
        """An event for each function that was called and did not fail."""
        return [DagsterEvent(step_key=name) for name in self._called if name not in self.failures]

    def is_node_success(self, node_str: str) -> bool:
        """Whether the function of this name was called and did not fail."""
        return node_str in self._called and node_str not in self.failures

    def is_node_failed(self, node_str: str) -> bool:
        """Whether the function of this name failed."""
        return node_str in self.failures

    def is_node_skipped(self, node_str: str) -> bool:
        """Whether the function of this name was not called, since what it reads failed."""
        return node_str in self._held

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """What the function of this name returned, or yielded as an Output. Raises
        DefinitionError where there is no such output.
        """
        try:
            return self.outputs[node_str, output_name]
        except KeyError:
            raise DefinitionError(f"{node_str} made no output {output_name!r}.") from None

    def asset_value(self, asset_key: CoercibleToAssetKey) -> Any:
        """What the function of an asset returned, or yielded as its Output. Raises
        DefinitionError where there is no such output.
        """
        key = AssetKey.from_coercible(asset_key)
        named = [name for name, known in self._keys_of_outputs.items() if known == key]
        if not named:
            raise DefinitionError(f"Nothing made the asset {key}.")
        return self.output_for_node(*named[-1])

    _called: list[str] = field(default_factory=list, repr=False)
    _held: list[str] = field(default_factory=list, repr=False)
    _keys_of_outputs: dict[tuple[str, str], AssetKey] = field(default_factory=dict, repr=False)


def materialize(
    assets: Iterable[Any],
    resources: Mapping[str, Any] | None = None,
    *,
    partition_key: str | None = None,
    tags: Mapping[str, str] | None = None,
    run_config: Any = None,
    raise_on_error: bool = True,
    instance: DagsterInstance | None = None,
    selection: Any = None,
    **refused: Any,
) -> ExecuteInProcessResult:
    """Make assets in this process, and run their checks.

    Args:
        assets: Functions under `@asset`, `@multi_asset`, `@dbt_assets` and `@asset_check`.
        resources: What they ask for by the names of their arguments.
        partition_key: The partition that is made.
        tags: Of the run.
        run_config: Settings of functions and resources: a RunConfig, or a dict.
        raise_on_error: Whether what a function raises is raised here; else it is the result's
            `failure`.
        instance: Accepted and left alone: the keys of dynamic partitions are those of this process.
        selection: Of the assets: a selection, keys or definitions; all by default.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: when the definitions are wrong; whatever a function raises.
    """
    refuse_unknown("materialize", refused, {})
    tree = config_tree(run_config)
    own = configured_resources(resources or {}, tree)
    assets = [*assets]
    given = Definitions(assets=assets, resources=own)
    chosen = None if selection is None else _selection_of(selection)
    part = None if chosen is None else (chosen.resolve(assets), chosen.resolve_checks(assets))
    keys = (partition_key,) if partition_key else ()
    result = ExecuteInProcessResult(str(uuid.uuid4()), partitions=keys, tags=dict(tags or {}))
    held: set[AssetKey] = set()  # what is not made, and so nothing that reads it

    def make(one: Any) -> None:
        result._called.append(one.function.name)
        try:
            _make_with_hooks(one, given, result, tags or {}, tree, part)
        except Exception as error:
            if raise_on_error:
                raise
            result.success, result.failure = False, result.failure or error
            result.failures[one.function.name] = error
            held.update(_unmade(one, result))

    for one in _in_order([*given.assets, *given.dbt_assets]):
        if held.intersection(_read_by(one)):
            held |= one.keys
            result._held.append(one.function.name)
            continue
        if part is None or part[0] & one.keys or (can_be_part(one) and part[1] & one.check_keys):
            make(one)
        for check in given.asset_checks:
            is_of_it = {spec.asset_key for spec in check.specs} <= one.keys
            if is_of_it and (part is None or part[1] & check.check_keys):
                make(check)
        held |= _held_by_checks([one, *given.asset_checks], result)
    everything = [*given.all_assets, *given.asset_checks]
    result.success = result.success and not _held_by_checks(everything, result)
    return result


MATERIALIZE[:] = [materialize]


def _selection_of(given: Any) -> AssetSelection:
    """A selection as Dagster takes it here, where a bare word is a key: `b`, `+shop/orders`."""
    word = _KEY.fullmatch(given) if isinstance(given, str) else None
    return AssetSelection.from_coercible(
        given if word is None else f'{word[1]}key:"{word[2]}"{word[3]}'
    )


def _event(one: AssetMaterialization) -> DagsterEvent:
    is_seen = isinstance(one, AssetObservation)
    return DagsterEvent(
        one.description or "", one.asset_key, one.tags.get("function"), one.partition,
        materialization=None if is_seen else one, observation=one if is_seen else None,
    )  # fmt: skip


def _read_by(one: Any) -> set[AssetKey]:
    keys: frozenset[AssetKey] = one.keys
    return {dep.asset_key for spec in one.specs for dep in spec.deps} - keys


def _unmade(one: Any, result: ExecuteInProcessResult) -> set[AssetKey]:
    """What of a function that failed was not made."""
    made = {each.asset_key for each in result.materializations}
    return set(getattr(one, "keys", ())) - made


def _held_by_checks(definitions: Iterable[Any], result: ExecuteInProcessResult) -> set[AssetKey]:
    """The assets whose blocking checks failed."""
    failed = {
        AssetCheckKey(one.asset_key or "", one.check_name or "")
        for one in result.check_results
        if not one.passed and one.severity is AssetCheckSeverity.ERROR
    }
    specs = [
        spec
        for one in definitions
        for spec in (one.specs if isinstance(one, AssetChecksDefinition)
                     else getattr(one, "check_specs", ()))
    ]  # fmt: skip
    return {spec.asset_key for spec in specs if spec.blocking and spec.key in failed}


def _in_order(given: list[Any]) -> list[Any]:
    """Definitions, each after those whose assets it reads. Raises DefinitionError for a circle."""
    maker = {key: one for one in given for key in one.keys}
    order: list[Any] = []
    going: set[int] = set()

    def place(one: Any) -> None:
        if one in order:
            return
        if id(one) in going:
            raise one.function.error(f"{one.function.name} is upstream of itself.")
        going.add(id(one))
        for spec in one.specs:
            for dep in spec.deps:
                before = maker.get(dep.asset_key)
                if before is not None and before is not one:
                    place(before)
        order.append(one)

    for one in given:
        place(one)
    return order


def _make_with_hooks(
    one: AssetsDefinition | DbtAssetsDefinition,
    given: Definitions,
    result: ExecuteInProcessResult,
    tags: Mapping[str, str],
    tree: Mapping[str, Any],
    part: Part | None,
) -> None:
    hooks = getattr(one, "hooks", ())
    context = HookContext(run_id=result.run_id, step_key=one.op_name, op=one)

    def failed(hook: HookDefinition, raised: Exception) -> None:
        context.log.error("The hook %s failed.", hook.name, exc_info=raised)

    try:
        _make(one, given, result, tags, tree, part)
    except Exception as error:
        context.op_exception = error
        raise
    finally:
        call_hooks(hooks, context, given.resources, failed)


def _make(
    one: AssetsDefinition | DbtAssetsDefinition | AssetChecksDefinition,
    given: Definitions,
    result: ExecuteInProcessResult,
    tags: Mapping[str, str],
    tree: Mapping[str, Any],
    part: Part | None = None,
) -> None:
    keys = (
        frozenset(spec.asset_key for spec in one.specs)
        if isinstance(one, AssetChecksDefinition)
        else one.keys
    )
    checks, every = one.check_keys, keys
    if part is not None and can_be_part(one):
        keys, checks = keys & part[0], checks & part[1]
    context = AssetExecutionContext(
        run_id=result.run_id, selected=keys, selected_checks=checks, assets_def=one,
        is_subset=keys < every or checks < one.check_keys,
        resources=given.resources, run_tags=tags, partitions=result.partitions,
        run_config=tree,
    )  # fmt: skip
    made: dict[AssetKey, dict[str, Any]] = {}
    try:
        with context.entered():

            def keep(value: Any, name: str = "result") -> None:
                result.outputs[one.function.name, name] = value
                if isinstance(one, AssetsDefinition):
                    found = one.key_of_output(name)
                    result._keys_of_outputs[one.function.name, name] = found

            def returned(value: Any) -> None:
                if isinstance(one, AssetsDefinition) and one.is_single:
                    keep(value)

            for each in called(one, context, given.resources, returned):
                if type(each) is Output:
                    keep(each.value, each.output_name or "result")
                _take(each, one, context, made, result)
        if isinstance(one, AssetsDefinition):
            for key in keys if one.is_single or not made else ():
                made.setdefault(key, {})
    finally:  # what was made before something failed, too
        for key, metadata in context.added.items():
            made.setdefault(key, {}).update(metadata)
        name = one.function.name
        result.materializations += [
            AssetMaterialization(
                key, metadata=metadata, tags={"function": name},
                partition=next(iter(result.partitions), None),
            )
            for key, metadata in made.items()
        ]  # fmt: skip


def _take(
    each: Any,
    one: Any,
    context: AssetExecutionContext,
    made: dict[AssetKey, dict[str, Any]],
    result: ExecuteInProcessResult,
) -> None:
    if isinstance(each, bool) and isinstance(one, AssetChecksDefinition):
        each = AssetCheckResult(passed=each)
    if isinstance(each, AssetCheckResult):
        key = each.asset_key or next(iter(context.selected_asset_keys))
        name = each.check_name or (one.name if isinstance(one, AssetChecksDefinition) else None)
        if name is None:
            raise DefinitionError("An AssetCheckResult of an asset's function needs a check_name.")
        if isinstance(one, DbtAssetsDefinition) and not _is_chosen(one, context, key, name):
            result.observations += _observations(one, each, name)
            return
        result.check_results.append(
            AssetCheckResult(each.passed, key, name, each.metadata, each.severity,
                             each.description)
        )  # fmt: skip
    elif isinstance(each, MaterializeResult):
        key = each.asset_key if each.asset_key is not None else one.key
        made.setdefault(AssetKey.from_coercible(key), {}).update(each.metadata)
        for check in each.check_results:
            _take(check, one, context, made, result)
    elif isinstance(each, AssetMaterialization):
        context.log_event(each)
    elif isinstance(each, Output) and isinstance(one, AssetsDefinition):
        made.setdefault(one.key_of_output(each.output_name), {}).update(each.metadata)


def _is_chosen(
    one: DbtAssetsDefinition, context: AssetExecutionContext, key: CoercibleToAssetKey, name: str
) -> bool:
    """Whether a test of dbt's is a check that was chosen; one of a source is, where the settings
    make them checks.
    """
    check = AssetCheckKey(key, name)
    if check in context.selected_asset_check_keys:
        return True
    of_sources = one.translator.settings.enable_source_tests_as_checks
    return of_sources and AssetKey.from_coercible(key) not in one.keys


def _observations(
    one: DbtAssetsDefinition, result: AssetCheckResult, name: str
) -> list[AssetObservation]:
    """What a test of dbt's says of each asset that it reads."""
    manifest = one.read_manifest()
    test = node_of(manifest, str(plain(result.metadata["unique_id"])))
    parents = dict.fromkeys((test.get("depends_on") or {}).get("nodes") or ())
    words = result.description or f"dbt test {name}: {plain(result.metadata['status'])}"
    return [
        AssetObservation(
            one.get_asset_key(node_of(manifest, parent)), words, result.metadata,
            tags={"function": one.function.name},
        )
        for parent in parents
    ]  # fmt: skip
