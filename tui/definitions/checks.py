"""`@asset_check`: a function that says whether an asset is as it should be.

    @asset_check(asset=orders_chart)
    def chart_is_not_empty() -> AssetCheckResult: ...

Its asset may be one of dbt's. It runs after its asset in the same run, and alone with `t`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, refuse_unknown
from tui.definitions.keys import AssetCheckKey, AssetKey, key_of
from tui.definitions.metadata import metadata_rows

NO_IO = "dbtree has no I/O managers: read what it needs in the function."
REFUSED = {
    "additional_ins": NO_IO,
    "config_schema": "dbtree has no run configuration: use a resource.",
    "resource_defs": "give the resources to the Definitions.",
    "retry_policy": "dbtree does not retry automatically.",
    "automation_condition": "dbtree has no automation conditions.",
    "partitions_def": "dbtree has no partitions.",
}


@dataclass(frozen=True)
class AssetCheckSpec:
    """A check whose result the function of its asset returns.

    Args:
        name: Of the check.
        asset: Of which asset.
        description: In a sentence.
        blocking: Whether what is downstream waits for it and is skipped when it fails.
        additional_deps: Further assets that it reads.
        metadata: Of the check itself.
    """

    name: str
    asset: Any = None
    description: str | None = None
    blocking: bool = False
    additional_deps: tuple[Any, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asset_key(self) -> AssetKey:
        return key_of(self.asset)

    @property
    def key(self) -> AssetCheckKey:
        return AssetCheckKey(self.asset_key, self.name)


@dataclass(frozen=True, eq=False)
class AssetChecksDefinition:
    """A check that a Python function makes; what `@asset_check` returns."""

    key: AssetCheckKey
    function: UserFunction
    additional_deps: tuple[AssetKey, ...] = ()
    description: str = ""
    blocking: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    required_resource_keys: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def asset_key(self) -> AssetKey:
        return self.key.asset_key

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return self.function.call(*args, **named)


def asset_check(
    *,
    asset: Any,
    name: str | None = None,
    description: str | None = None,
    blocking: bool = False,
    additional_deps: Iterable[Any] | None = None,
    required_resource_keys: Iterable[str] | None = None,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    pool: str | None = None,
    **refused: Any,
) -> Callable[[Callable[..., Any]], AssetChecksDefinition]:
    """Make a check of a function that returns an AssetCheckResult (or true or false).

    Args:
        asset: Of which asset: a key or a definition.
        name: The function's name by default.
        description: The docstring by default.
        blocking: Whether what is downstream of the asset waits for it and is skipped when it
            fails with severity ERROR.
        additional_deps: Further assets that it reads, and waits for.
        required_resource_keys: Resources that it takes from `context.resources`.
        compute_kind: Accepted and left alone.
        op_tags: Accepted and left alone.
        metadata: Of the check itself.
        pool: Accepted and left alone.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@asset_check", refused, REFUSED)
    asset_key = key_of(asset)

    def decorate(call: Callable[..., Any]) -> AssetChecksDefinition:
        function = UserFunction.of(call, "asset_check")
        if isinstance(call, AssetChecksDefinition):
            raise DefinitionError("@asset_check is used twice on the same function.")
        return AssetChecksDefinition(
            key=AssetCheckKey(asset_key, name or function.name),
            function=function,
            additional_deps=tuple(key_of(one) for one in additional_deps or ()),
            description=description if description is not None else function.description,
            blocking=blocking,
            metadata=metadata_rows(metadata),
            required_resource_keys=frozenset(required_resource_keys or ()),
        )

    return decorate
