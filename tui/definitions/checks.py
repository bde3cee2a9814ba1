"""`@asset_check`: a function that says whether an asset is as it should be.

    @asset_check(asset=orders_chart)
    def chart_is_not_empty() -> AssetCheckResult: ...

Its asset may be one of dbt's. It runs after its asset in the same run, and alone with `t`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.definitions.context import call_by_hand
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction, pool_of, refuse_unknown
from tui.definitions.keys import AssetCheckKey, AssetKey, key_of
from tui.definitions.retries import RetryPolicy
from tui.definitions.specs import dependencies

NO_IO = "dbtree has no I/O managers: read what it needs in the function."
REFUSED = {
    "additional_ins": NO_IO,
    "config_schema": "annotate the argument `config` with a Config class.",
    "resource_defs": "give the resources to the Definitions.",
    "automation_condition": "dbtree has no automation conditions.",
    "partitions_def": "dbtree has no partitions of checks.",
}


@dataclass(frozen=True)
class AssetCheckSpec:
    """A check whose result the function of its asset returns.

    Args:
        name: Of the check.
        asset: Of which asset: a key or a definition.
        description: In a sentence.
        blocking: Whether what is downstream waits for it and is skipped when it fails.
        additional_deps: Further assets that it reads.
        metadata: Of the check itself.
        automation_condition: Not in dbtree; must be None.
        partitions_def: Not in dbtree; must be None.

    Raises:
        DefinitionError: for a name or an asset that cannot be one.
    """

    name: str
    asset: Any = None
    description: str | None = None
    blocking: bool = False
    additional_deps: Any = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    automation_condition: Any = None
    partitions_def: Any = None

    def __post_init__(self) -> None:
        refuse_unknown(
            "AssetCheckSpec",
            {name: getattr(self, name) for name in ("automation_condition", "partitions_def")},
            REFUSED,
        )
        if self.asset is None:
            raise DefinitionError(f"AssetCheckSpec({self.name!r}) needs its asset: asset=….")
        own = key_of(self.asset)
        others = dependencies(self.additional_deps)
        if own in others:
            raise DefinitionError(f"The check {self.name} names its own asset in additional_deps.")
        object.__setattr__(self, "asset", own)
        object.__setattr__(self, "additional_deps", others)

    def _replace(self, **changes: Any) -> AssetCheckSpec:
        """The same with other values, as Dagster's has it: for translators."""
        return replace(self, **changes)

    def get_python_identifier(self) -> str:
        """Its name with that of its asset, as an identifier."""
        return f"{self.asset_key.to_python_identifier()}_{self.name}"

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckSpec:
        """The same with other metadata."""
        return replace(self, metadata=metadata)

    @property
    def asset_key(self) -> AssetKey:
        """Of which asset."""
        key: AssetKey = self.asset
        return key

    @property
    def key(self) -> AssetCheckKey:
        """The key of the check."""
        return AssetCheckKey(self.asset_key, self.name)

    def replace_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        """The same of another asset or with another name."""
        return replace(self, asset=key.asset_key, name=key.name)


@dataclass(frozen=True, eq=False)
class AssetChecksDefinition:
    """The checks that a Python function makes; what `@asset_check` and `@multi_asset_check`
    return.
    """

    function: UserFunction
    specs: tuple[AssetCheckSpec, ...]
    required_resource_keys: frozenset[str] = frozenset()
    retry_policy: RetryPolicy | None = None
    can_subset: bool = True
    op_name: str = ""
    """Under which a run gives it settings: Dagster's name of its op."""
    pool: str | None = None
    """Of whose places a run takes one while the function is called."""

    @property
    def check_keys(self) -> frozenset[AssetCheckKey]:
        """The keys of its checks."""
        return frozenset(spec.key for spec in self.specs)

    @property
    def check_specs(self) -> tuple[AssetCheckSpec, ...]:
        """What is said of each of its checks."""
        return self.specs

    def get_spec_for_check_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        """What is said of one of its checks. Raises DefinitionError where it is none of them."""
        for spec in self.specs:
            if spec.key == key:
                return spec
        raise DefinitionError(f"The check {key} is not in this definition.")

    @property
    def key(self) -> AssetCheckKey:
        """The key of the only check. Raises DefinitionError where there are several."""
        if len(self.specs) != 1:
            raise DefinitionError(f"There are {len(self.specs)} checks in this definition.")
        return self.specs[0].key

    @property
    def check_specs_by_output_name(self) -> dict[str, AssetCheckSpec]:
        """The same by the names of their outputs."""
        return {spec.get_python_identifier(): spec for spec in self.specs}

    @property
    def name(self) -> str:
        """The name of the only check."""
        return self.key.name

    @property
    def asset_key(self) -> AssetKey:
        """The asset of the only check."""
        return self.key.asset_key

    @property
    def description(self) -> str:
        """The description of the only check."""
        return self.specs[0].description or ""

    @property
    def blocking(self) -> bool:
        """Whether the only check holds back what is downstream."""
        return self.specs[0].blocking

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return call_by_hand(self, args, named)


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
    retry_policy: RetryPolicy | None = None,
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
        op_tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        metadata: Of the check itself.
        pool: Of whose places a run takes one while the function is called.
        retry_policy: How often to try again where the function raises.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@asset_check", refused, REFUSED)
    asset_key = key_of(asset)

    def decorate(call: Callable[..., Any]) -> AssetChecksDefinition:
        if isinstance(call, AssetChecksDefinition):
            raise DefinitionError("@asset_check is used twice on the same function.")
        function = UserFunction.of(call, "asset_check")
        spec = AssetCheckSpec(
            name or function.name,
            asset_key,
            description if description is not None else function.description,
            blocking,
            additional_deps or (),
            metadata or {},
        )
        needed = frozenset(required_resource_keys or ())
        named = f"{asset_key.to_python_identifier()}_{spec.name}"
        return AssetChecksDefinition(
            function, (spec,), needed, retry_policy, op_name=named, pool=pool_of(pool, op_tags)
        )

    return decorate


def multi_asset_check(
    *,
    specs: Sequence[AssetCheckSpec],
    name: str | None = None,
    description: str | None = None,
    can_subset: bool = False,
    required_resource_keys: Iterable[str] | None = None,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    pool: str | None = None,
    **refused: Any,
) -> Callable[[Callable[..., Any]], AssetChecksDefinition]:
    """Make several checks of a function that yields an AssetCheckResult for each.

    Args:
        specs: What is said of each check.
        name: Under which a run gives it settings; the function's name by default.
        description: Of each check that has none.
        can_subset: Whether the function can make some of its checks without the others: which,
            `context.selected_asset_check_keys` says.
        required_resource_keys: Resources that it takes from `context.resources`.
        compute_kind: Accepted and left alone.
        op_tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        retry_policy: How often to try again where the function raises.
        pool: Of whose places a run takes one while the function is called.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@multi_asset_check", refused, REFUSED)
    said = tuple(replace(spec, description=spec.description or description) for spec in specs)
    if len({spec.key for spec in said}) < len(said) or not said:
        raise DefinitionError("@multi_asset_check needs checks, each with a key of its own.")

    def decorate(call: Callable[..., Any]) -> AssetChecksDefinition:
        function = UserFunction.of(call, "multi_asset_check")
        needed = frozenset(required_resource_keys or ())
        own = name or function.name
        return AssetChecksDefinition(
            function, said, needed, retry_policy, can_subset, own, pool_of(pool, op_tags)
        )

    return decorate
