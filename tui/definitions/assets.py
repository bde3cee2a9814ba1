"""`@asset`: a function that makes one asset; `@multi_asset`: one that makes several.

    @asset(deps=[get_asset_key_for_model([shop_dbt_assets], "orders")], group_name="reports")
    def orders_chart(context: AssetExecutionContext) -> MaterializeResult: ...

Differs from Dagster's: there are no I/O managers, so what the function returns is not stored and
its arguments are the context and resources only; what it reads is named in `deps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, overload

from tui.definitions.asset_inputs import AssetIn
from tui.definitions.checks import AssetCheckSpec
from tui.definitions.conditions import AutomationCondition
from tui.definitions.context import call_by_hand
from tui.definitions.errors import DefinitionError
from tui.definitions.freshness import FreshnessPolicy
from tui.definitions.functions import UserFunction, pool_of, refuse_unknown
from tui.definitions.hooks import HookDefinition, hooks_in
from tui.definitions.keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from tui.definitions.partitions import BackfillPolicy, PartitionsDefinition
from tui.definitions.retries import RetryPolicy
from tui.definitions.said_by_key import SaidByKey
from tui.definitions.specs import NO_POLICY, AssetDep, AssetOut, AssetSpec, asset_deps

NO_IO = "dbtree has no I/O managers: read what it needs in the function, and name it in deps."
REFUSED = {
    "ins": NO_IO, "io_manager_def": NO_IO, "io_manager_key": NO_IO, "dagster_type": NO_IO,
    "auto_materialize_policy": NO_POLICY,
    "config_schema": "annotate the argument `config` with a Config class.",
    "resource_defs": "give the resources to the Definitions.",
    "internal_asset_deps": "name what each asset reads in the deps of its AssetSpec.",
}  # fmt: skip


@dataclass(frozen=True)
class AssetOp:
    """What Dagster calls the op of a function of assets: for code that asks for it."""

    name: str
    tags: Mapping[str, Any]
    retry_policy: RetryPolicy | None
    pool: str | None


@dataclass(frozen=True, eq=False)
class AssetsDefinition(SaidByKey):
    """The assets that a Python function makes; what `@asset` and `@multi_asset` return."""

    function: UserFunction
    specs: tuple[AssetSpec, ...]
    check_specs: tuple[AssetCheckSpec, ...] = ()
    """Checks whose results the function itself tells."""
    required_resource_keys: frozenset[str] = frozenset()
    name: str = ""
    can_subset: bool = True
    """Whether it can make some of its assets without the others."""
    outputs: Mapping[str, AssetKey] | None = None
    """Of `outs`: the names under which the function yields an Output."""
    retry_policy: RetryPolicy | None = None
    backfill_policy: BackfillPolicy | None = None
    op_name: str = ""
    """Under which a run gives it settings: Dagster's name of its op."""
    hooks: tuple[HookDefinition, ...] = ()
    pool: str | None = None
    """Of whose places a run takes one while the function is called."""

    @property
    def op(self) -> AssetOp:
        """Its name, its policy and its pool."""
        return AssetOp(self.op_name, {}, self.retry_policy, self.pool)

    node_def = op

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions that its assets are made in; None where they have none."""
        return next((spec.partitions_def for spec in self.specs if spec.partitions_def), None)

    @property
    def keys(self) -> frozenset[AssetKey]:
        """The keys of all assets that it makes."""
        return frozenset(spec.key for spec in self.specs)

    @property
    def ordered_keys(self) -> list[AssetKey]:
        """The same in their order."""
        return [spec.key for spec in self.specs]

    @property
    def is_single(self) -> bool:
        """Whether it makes one asset."""
        return len(self.specs) == 1

    @property
    def specs_by_key(self) -> dict[AssetKey, AssetSpec]:
        """What is said of each of its assets."""
        return {spec.key: spec for spec in self.specs}

    def get_asset_spec(self, key: CoercibleToAssetKey | None = None) -> AssetSpec:
        """What is said of one of its assets. Raises DefinitionError where there is none."""
        return one_of(self.specs, key)

    @property
    def check_keys(self) -> frozenset[AssetCheckKey]:
        """The keys of the checks whose results the function tells."""
        return frozenset(spec.key for spec in self.check_specs)

    def key_of_output(self, name: str | None) -> AssetKey:
        """The asset that the function means by the name of an output.

        Raises:
            DefinitionError: when there is none of that name.
        """
        named = {**{key.to_python_identifier(): key for key in self.keys}, **(self.outputs or {})}
        if name in (None, "result") and self.is_single:
            return self.key
        if name not in named:
            raise self.function.error(
                f"{self.function.name} has no output {name!r}: it has {', '.join(sorted(named))}."
            )
        return named[name]

    def map_asset_specs(self, fn: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
        """The same with what a function makes of each spec."""
        return replace(self, specs=tuple(fn(spec) for spec in self.specs))

    # -- of the only asset -----------------------------------------------------------

    @property
    def key(self) -> AssetKey:
        """The key of the only asset. Raises DefinitionError where there are several."""
        return self.get_asset_spec().key

    @property
    def deps(self) -> tuple[AssetKey, ...]:
        """What the only asset reads."""
        return tuple(dep.asset_key for dep in self.get_asset_spec().deps)

    @property
    def description(self) -> str:
        """The description of the only asset."""
        return self.get_asset_spec().description or ""

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return call_by_hand(self, args, named)


def one_of(specs: Sequence[AssetSpec], key: CoercibleToAssetKey | None) -> AssetSpec:
    """The spec of a key; without one, the only spec. Raises DefinitionError."""
    if key is None:
        if len(specs) == 1:
            return specs[0]
        raise DefinitionError(f"There are {len(specs)} assets in this definition: name one.")
    wanted = AssetKey.from_coercible(key)
    found = next((spec for spec in specs if spec.key == wanted), None)
    if found is None:
        raise DefinitionError(f"This definition has no asset {wanted}.")
    return found


@overload
def asset(compute_fn: Callable[..., Any], /) -> AssetsDefinition: ...
@overload
def asset(
    *,
    name: str | None = ...,
    key_prefix: str | Sequence[str] | None = ...,
    deps: Iterable[Any] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    description: str | None = ...,
    required_resource_keys: Set[str] | None = ...,
    op_tags: Mapping[str, Any] | None = ...,
    group_name: str | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
    owners: Sequence[str] | None = ...,
    kinds: Set[str] | None = ...,
    compute_kind: str | None = ...,
    pool: str | None = ...,
    output_required: bool = ...,
    retry_policy: RetryPolicy | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    backfill_policy: BackfillPolicy | None = ...,
    automation_condition: AutomationCondition | None = ...,
    freshness_policy: FreshnessPolicy | None = ...,
    hooks: Set[HookDefinition] | None = ...,
    **refused: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...
def asset(
    compute_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    deps: Iterable[Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    description: str | None = None,
    required_resource_keys: Set[str] | None = None,
    op_tags: Mapping[str, Any] | None = None,
    group_name: str | None = None,
    code_version: str | None = None,
    key: CoercibleToAssetKey | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    owners: Sequence[str] | None = None,
    kinds: Set[str] | None = None,
    compute_kind: str | None = None,
    pool: str | None = None,
    output_required: bool = True,
    retry_policy: RetryPolicy | None = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
    automation_condition: AutomationCondition | None = None,
    freshness_policy: FreshnessPolicy | None = None,
    hooks: Set[HookDefinition] | None = None,
    **refused: Any,
) -> Any:
    """Make an asset of a function.

    Args:
        compute_fn: The function, where the decorator stands without parentheses.
        name: The key's last part; the function's name by default.
        key_prefix: Parts before it.
        deps: What it is downstream of: keys, or other definitions.
        metadata: Of the asset itself, shown with it.
        tags: Shown with it; a tag with an empty value is shown by its name.
        description: The docstring by default.
        required_resource_keys: Resources that it takes from `context.resources`.
        op_tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        group_name: The group that it is shown in.
        code_version: Where given, the asset is stale when this changes; else, when the source of
            its function does.
        key: The whole key, in place of `name` and `key_prefix`. The key of a dbt source stands
            for that source: its asset makes what the source's table holds.
        check_specs: Checks whose results the function yields or returns.
        owners: Addresses, or `team:` and a name.
        kinds: What it is made with: {"python", "duckdb"}.
        compute_kind: The same for a single one, as older Dagster has it.
        pool: Of whose places a run takes one while the function is called.
        output_required: Accepted and left alone.
        retry_policy: How often to try again where the function raises.
        partitions_def: The partitions that it is made in: a run makes those that it names.
        backfill_policy: How many partitions one run of a backfill makes; one by default.
        automation_condition: When it is to be materialized by itself.
        freshness_policy: How old its latest materialization may be.
        hooks: What is called when it has succeeded or failed.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    if compute_fn is not None and not callable(compute_fn):
        raise DefinitionError("@asset takes only named arguments.")
    refuse_unknown("@asset", refused, REFUSED)
    if key is not None and (name or key_prefix):
        raise DefinitionError("@asset takes either key, or name and key_prefix.")

    read = asset_deps([*(deps or ()), *keys_of_inputs(refused.get("ins"))])

    def decorate(call: Callable[..., Any]) -> AssetsDefinition:
        function = UserFunction.of(call, "asset")
        own = _key(key, name or function.name, key_prefix)
        specs = tuple(check_specs or ())
        for spec in specs:
            if spec.asset_key != own:
                raise DefinitionError(
                    f"The check {spec.name} is of {spec.asset_key}, not of {own}."
                )
        said = AssetSpec(
            own,
            deps=read,
            description=description if description is not None else function.description,
            metadata=metadata,
            group_name=group_name,
            code_version=code_version,
            owners=owners,
            tags=tags,
            kinds=kinds or ({compute_kind} if compute_kind else None),
            partitions_def=partitions_def,
            automation_condition=automation_condition,
            freshness_policy=freshness_policy,
        )
        return AssetsDefinition(
            function, (said,), specs, frozenset(required_resource_keys or ()), function.name,
            retry_policy=retry_policy, backfill_policy=backfill_policy,
            op_name=own.to_python_identifier(), hooks=hooks_in(hooks, "@asset"),
            pool=pool_of(pool, op_tags),
        )  # fmt: skip

    return decorate if compute_fn is None else decorate(compute_fn)


def multi_asset(
    *,
    specs: Sequence[AssetSpec] | None = None,
    outs: Mapping[str, AssetOut] | None = None,
    name: str | None = None,
    deps: Iterable[Any] | None = None,
    description: str | None = None,
    can_subset: bool = False,
    group_name: str | None = None,
    code_version: str | None = None,
    required_resource_keys: Set[str] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    op_tags: Mapping[str, Any] | None = None,
    compute_kind: str | None = None,
    pool: str | None = None,
    retry_policy: RetryPolicy | None = None,
    partitions_def: PartitionsDefinition | None = None,
    backfill_policy: BackfillPolicy | None = None,
    hooks: Set[HookDefinition] | None = None,
    **refused: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Make several assets of a function that yields a MaterializeResult for each.

    Args:
        specs: What is said of each asset.
        outs: The same by the name of an output; the function then yields an Output for each.
        name: The function's name by default.
        deps: What each asset of `outs` reads.
        description: Of each asset that has none.
        can_subset: Whether the function can make some of its assets without the others: which,
            `context.selected_asset_keys` says. Without it, a run of one makes all.
        group_name: Of each asset that has none.
        code_version: Of each asset that has none.
        required_resource_keys: Resources that it takes from `context.resources`.
        check_specs: Checks whose results the function yields or returns.
        op_tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        compute_kind: A kind of each asset, as older Dagster has it.
        pool: Of whose places a run takes one while the function is called.
        retry_policy: How often to try again where the function raises.
        partitions_def: The partitions that all of them are made in.
        backfill_policy: How many partitions one run of a backfill makes; one by default.
        hooks: What is called when the function has succeeded or failed.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@multi_asset", refused, REFUSED)
    if (specs is None) == (outs is None):
        raise DefinitionError("@multi_asset takes either specs or outs.")
    if specs is not None and deps:
        raise DefinitionError("@multi_asset with specs: name what is read in the AssetSpec's deps.")
    read = asset_deps([*(deps or ()), *keys_of_inputs(refused.get("ins"))])
    by_name = {label: out.spec(label, read) for label, out in (outs or {}).items()}
    said = [
        spec.replace_attributes(
            description=spec.description or description,
            group_name=spec.group_name or group_name,
            code_version=spec.code_version or code_version,
            kinds=spec.kinds or ({compute_kind} if compute_kind else set()),
            partitions_def=spec.partitions_def or partitions_def,
        )
        for spec in (*(specs or ()), *by_name.values())
    ]
    if len({spec.partitions_def for spec in said}) > 1:
        raise DefinitionError("The assets of one @multi_asset have the same partitions_def.")
    keys = {spec.key for spec in said}
    if len(keys) < len(said) or not said:
        raise DefinitionError("@multi_asset needs assets, each of a key of its own.")
    for check in check_specs or ():
        if check.asset_key not in keys:
            raise DefinitionError(f"The check {check.name} is of {check.asset_key}, which is not "
                                  "made here.")  # fmt: skip

    def decorate(call: Callable[..., Any]) -> AssetsDefinition:
        function = UserFunction.of(call, "multi_asset")
        return AssetsDefinition(
            function, tuple(said), tuple(check_specs or ()),
            frozenset(required_resource_keys or ()), name or function.name, can_subset,
            {label: spec.key for label, spec in by_name.items()}, retry_policy, backfill_policy,
            name or function.name, hooks_in(hooks, "@multi_asset"), pool_of(pool, op_tags),
        )  # fmt: skip

    return decorate


def keys_of_inputs(ins: Mapping[str, Any] | None) -> Iterator[AssetDep]:
    """The assets that `ins` names, in a project of Dagster's."""
    for name, given in (ins or {}).items():
        if isinstance(given, AssetIn):
            yield AssetDep(given.key_of(name), given.partition_mapping)
        else:
            yield AssetDep(AssetKey(name))


def _key(
    key: CoercibleToAssetKey | None, name: str, prefix: str | Sequence[str] | None
) -> AssetKey:
    if key is not None:
        return AssetKey.from_coercible(key)
    if "/" in name or not name:
        raise DefinitionError(
            f"{name!r} is not a valid asset name; put a key of several parts in key=."
        )
    own = AssetKey(name)
    return own.with_prefix(prefix) if prefix else own
