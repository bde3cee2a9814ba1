"""What the functions of definitions return or yield: materializations and results of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.metadata import metadata_value


class AssetCheckSeverity(Enum):
    """How bad it is when a check does not pass."""

    WARN = "WARN"
    ERROR = "ERROR"


def _take_kinds(one: Any) -> None:
    """Make each value of its metadata one with a kind, as Dagster does: `metadata["rows"].value`.
    Raises DefinitionError for a value that is none.
    """
    found = {str(label): metadata_value(value) for label, value in (one.metadata or {}).items()}
    object.__setattr__(one, "metadata", found)


@dataclass(frozen=True)
class AssetCheckResult:
    """Whether a check passed.

    Args:
        passed: Whether it did.
        asset_key: Of which asset; may be left out in a check's own function and in an asset's.
        check_name: Which check; may be left out in a check's own function.
        metadata: Label → value, see `MetadataValue`.
        severity: WARN for a warning, ERROR for a failure, when it did not pass.
        description: A line on the result.
    """

    passed: bool
    asset_key: CoercibleToAssetKey | None = None
    check_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
    description: str | None = None

    def __post_init__(self) -> None:
        if self.asset_key is not None:
            object.__setattr__(self, "asset_key", AssetKey.from_coercible(self.asset_key))
        object.__setattr__(self, "passed", bool(self.passed))
        _take_kinds(self)

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckResult:
        """The same with other metadata."""
        return replace(self, metadata=metadata)

    def _replace(self, **changes: Any) -> AssetCheckResult:
        """The same with other values, as Dagster's has it."""
        return replace(self, **changes)


@dataclass(frozen=True)
class MaterializeResult:
    """That an asset was materialized.

    Args:
        asset_key: Which one; may be left out in a function that makes only one.
        metadata: Label → value, see `MetadataValue`. A number is plotted over time; the label
            `dagster/row_count` is the asset's rows.
        check_results: Results of checks that the function made on the way.
        data_version: Accepted as Dagster has it; dbtree does not compare it.
        tags: Accepted as Dagster has it; not kept.
        value: Left alone: a function stores what it makes.
    """

    asset_key: CoercibleToAssetKey | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    check_results: Sequence[AssetCheckResult] = ()
    data_version: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)
    value: Any = None

    def __post_init__(self) -> None:
        if self.asset_key is not None:
            object.__setattr__(self, "asset_key", AssetKey.from_coercible(self.asset_key))

    def _replace(self, **changes: Any) -> Any:
        """The same with other values, as Dagster's has it."""
        return replace(self, **changes)


ROW_COUNT = "dagster/row_count"
"""The label under which the number of rows is told, as Dagster has it."""


@dataclass(frozen=True)
class DataVersion:
    """A version of an asset's contents. Accepted as Dagster has it; dbtree does not compare it."""

    value: str


@dataclass(frozen=True)
class Output:
    """What a function made under the name of an output; dbtree stores no value.

    Args:
        value: Left alone: a function stores what it makes.
        output_name: Which of the `outs`; may be left out in a function that makes one asset.
        metadata: Label → value, see `MetadataValue`.
        data_version: Accepted as Dagster has it; dbtree does not compare it.
        tags: Accepted as Dagster has it; not kept.
    """

    value: Any = None
    output_name: str | None = "result"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_version: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _take_kinds(self)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Any:
        """The same with other metadata."""
        return replace(self, metadata=metadata or {})

    def __class_getitem__(cls, _: Any) -> type[Output]:
        """The class itself, for annotations: `-> Output[int]`."""
        return cls


@dataclass(frozen=True)
class AssetMaterialization:
    """That an asset was materialized, as an event: yielded, or given to `context.log_event`.

    Args:
        asset_key: Which one.
        description: A line on it.
        metadata: Label → value, see `MetadataValue`.
        partition: Not in dbtree; left alone.
        tags: Accepted as Dagster has it; not kept.
    """

    asset_key: Any = None
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    partition: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asset_key", AssetKey.from_coercible(self.asset_key))
        _take_kinds(self)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Any:
        """The same with other metadata."""
        return replace(self, metadata=metadata or {})


class AssetObservation(AssetMaterialization):
    """What was seen of an asset without making it; its metadata is shown with the asset."""


@dataclass(frozen=True, kw_only=True)
class BuiltOutput(MaterializeResult, Output):
    """A node that dbt built, as an event of `stream()` in a function of `@dbt_assets`."""

    def __post_init__(self) -> None:
        MaterializeResult.__post_init__(self)
        Output.__post_init__(self)


@dataclass(frozen=True, kw_only=True)
class BuiltAsset(MaterializeResult, AssetMaterialization):
    """A node that dbt built, as an event of `stream()` anywhere else."""

    def __post_init__(self) -> None:
        AssetMaterialization.__post_init__(self)
