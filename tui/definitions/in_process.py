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
from tui.definitions.dynamic_partitions import DagsterInstance
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import refuse_unknown
from tui.definitions.hooks import HookContext, HookDefinition, call_hooks
from tui.definitions.keys import AssetCheckKey, AssetKey
from tui.definitions.repository import Definitions
from tui.definitions.results import (
    AssetCheckResult,
    AssetMaterialization,
    MaterializeResult,
    Output,
)
from tui.definitions.run_config import config_tree
from tui.definitions.selection import AssetSelection

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
    failure: Exception | None = None
    partitions: tuple[str, ...] = ()
    """The partition that was made, if any."""

    def asset_materializations_for_node(self, node_name: str) -> list[AssetMaterialization]:
        """The materializations of the function of this name."""
        return [one for one in self.materializations if one.tags.get("function") == node_name]

    def get_asset_materialization_events(self) -> list[AssetMaterialization]:
        """All materializations."""
        return list(self.materializations)

    def get_asset_check_evaluations(self) -> list[AssetCheckResult]:
        """All results of checks."""
        return list(self.check_results)


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
    result = ExecuteInProcessResult(run_id=str(uuid.uuid4()), partitions=keys)
    try:
        for one in _in_order([*given.assets, *given.dbt_assets]):
            if part is None or part[0] & one.keys:
                _make_with_hooks(one, given, result, tags or {}, tree, part)
            for check in given.asset_checks:
                is_of_it = {spec.asset_key for spec in check.specs} <= one.keys
                if is_of_it and (part is None or part[1] & check.check_keys):
                    _make(check, given, result, tags or {}, tree)
    except Exception as error:
        if raise_on_error:
            raise
        result.success, result.failure = False, error
    blocking = {spec.key for one in given.asset_checks for spec in one.specs if spec.blocking}
    failed = [one for one in result.check_results if not one.passed]
    result.success = result.success and not blocking.intersection(map(_check_key, failed))
    return result


def _selection_of(given: Any) -> AssetSelection:
    """A selection as Dagster takes it here, where a bare word is a key: `b`, `+shop/orders`."""
    word = _KEY.fullmatch(given) if isinstance(given, str) else None
    return AssetSelection.from_coercible(
        given if word is None else f'{word[1]}key:"{word[2]}"{word[3]}'
    )


def _check_key(result: AssetCheckResult) -> Any:
    from tui.definitions.keys import AssetCheckKey

    return AssetCheckKey(result.asset_key or "", result.check_name or "")


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
        is_subset=keys < every,
        resources=given.resources, run_tags=tags, partitions=result.partitions,
        run_config=tree,
    )  # fmt: skip
    made: dict[AssetKey, dict[str, Any]] = {}
    try:
        with context.entered():
            for each in called(one, context, given.resources):
                _take(each, one, context, made, result)
        if isinstance(one, AssetsDefinition):
            for key in keys if one.is_single or not made else ():
                made.setdefault(key, {})
    finally:  # what was made before something failed, too
        for key, metadata in context.added.items():
            made.setdefault(key, {}).update(metadata)
        name = one.function.name
        result.materializations += [
            AssetMaterialization(key, metadata=metadata, tags={"function": name})
            for key, metadata in made.items()
        ]


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
