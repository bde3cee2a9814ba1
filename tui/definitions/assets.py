"""`@asset`: a function that makes one asset.

    @asset(deps=[get_asset_key_for_model([shop_dbt_assets], "orders")], group_name="reports")
    def orders_chart(context: AssetExecutionContext) -> MaterializeResult: ...

Differs from Dagster's: there are no I/O managers, so what the function returns is not stored and
its arguments are the context and resources only; what it reads is named in `deps`. There are no
partitions and no automation conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, overload

from tui.definitions.checks import AssetCheckSpec
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, refuse_unknown
from tui.definitions.keys import AssetKey, CoercibleToAssetKey, key_of
from tui.definitions.metadata import metadata_rows

NO_IO = "dbtree has no I/O managers: read what it needs in the function, and name it in deps."
NO_PARTITIONS = "dbtree has no partitions."
NO_AUTOMATION = "dbtree has no automation conditions: give the Definitions a schedule."
REFUSED = {
    "ins": NO_IO, "io_manager_def": NO_IO, "io_manager_key": NO_IO, "dagster_type": NO_IO,
    "partitions_def": NO_PARTITIONS, "backfill_policy": NO_PARTITIONS,
    "automation_condition": NO_AUTOMATION, "freshness_policy": NO_AUTOMATION,
    "config_schema": "dbtree has no run configuration: use a resource.",
    "resource_defs": "give the resources to the Definitions.",
    "retry_policy": "dbtree does not retry automatically.",
    "hooks": "dbtree has no hooks.",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class AssetsDefinition:
    """An asset that a Python function makes; what `@asset` returns."""

    key: AssetKey
    function: UserFunction
    deps: tuple[AssetKey, ...] = ()
    description: str = ""
    group_name: str | None = None
    code_version: str | None = None
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    check_specs: tuple[AssetCheckSpec, ...] = ()
    """Checks whose results the function itself tells."""
    required_resource_keys: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[AssetKey]:
        """The keys of all assets that it makes: the one."""
        return frozenset((self.key,))

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return self.function.call(*args, **named)


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
        op_tags: Accepted and left alone.
        group_name: The group that it is shown in.
        code_version: Where given, the asset is stale when this changes; else, when the source of
            its function does.
        key: The whole key, in place of `name` and `key_prefix`. The key of a dbt source stands
            for that source: its asset makes what the source's table holds.
        check_specs: Checks whose results the function yields or returns.
        owners: Addresses, or `team:` and a name.
        kinds: What it is made with: {"python", "duckdb"}.
        compute_kind: The same for a single one, as older Dagster has it.
        pool: Accepted and left alone.
        output_required: Accepted and left alone.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    if compute_fn is not None and not callable(compute_fn):
        raise DefinitionError("@asset takes only named arguments.")
    refuse_unknown("@asset", refused, REFUSED)
    if key is not None and (name or key_prefix):
        raise DefinitionError("@asset takes either key, or name and key_prefix.")

    def decorate(call: Callable[..., Any]) -> AssetsDefinition:
        function = UserFunction.of(call, "asset")
        own = _key(key, name or function.name, key_prefix)
        specs = tuple(check_specs or ())
        for spec in specs:
            if spec.asset_key != own:
                raise DefinitionError(
                    f"The check {spec.name} is of {spec.asset_key}, not of {own}."
                )
        return AssetsDefinition(
            key=own,
            function=function,
            deps=tuple(dict.fromkeys(key_of(one) for one in deps or ())),
            description=description if description is not None else function.description,
            group_name=group_name,
            code_version=None if code_version is None else str(code_version),
            owners=tuple(owners or ()),
            tags=dict(tags or {}),
            kinds=frozenset(kinds or ({compute_kind} if compute_kind else ())),
            metadata=metadata_rows(metadata),
            check_specs=specs,
            required_resource_keys=frozenset(required_resource_keys or ()),
        )

    return decorate if compute_fn is None else decorate(compute_fn)


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
