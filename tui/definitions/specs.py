"""`AssetSpec`: what is said of an asset, apart from what makes it; `AssetDep`: what it is built on.

A spec among the `assets` of the Definitions is an asset that is made elsewhere: it is in the graph
and is never run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.conditions import AutomationCondition, checked_condition
from tui.definitions.errors import DefinitionError, user_place
from tui.definitions.freshness import FreshnessPolicy, checked_policy
from tui.definitions.functions import refuse_unknown
from tui.definitions.keys import AssetKey, CoercibleToAssetKey, key_of
from tui.definitions.partition_mappings import PartitionMapping, checked_mapping
from tui.definitions.partitions import PartitionsDefinition, checked_partitions

KIND = "dagster/kind/"
"""Tags that begin with it are kinds."""
STORAGE_KIND = "dagster/storage_kind"
NO_POLICY = "give it an automation_condition."
REFUSED = {
    "auto_materialize_policy": NO_POLICY,
    "legacy_freshness_policy": "give it a freshness_policy.",
}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.-]{0,63}\Z")
_GROUP = re.compile(r"\w+(/\w+)*", re.ASCII)
MOST_KINDS = 10
_TAG_KEY = re.compile(r"([A-Za-z0-9_.-]{1,63}/)?[A-Za-z0-9_.-]{1,63}\Z")


@dataclass(frozen=True)
class AssetDep:
    """That an asset reads another.

    Args:
        asset: A key or a definition.
        partition_mapping: Which of its partitions a partition is made of.
        metadata: Accepted and left alone.
    """

    asset: Any
    partition_mapping: PartitionMapping | None = None
    metadata: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        checked_mapping(self.partition_mapping)
        object.__setattr__(self, "asset", key_of(self.asset))

    @property
    def asset_key(self) -> AssetKey:
        """The key of what is read."""
        key: AssetKey = self.asset
        return key

    @staticmethod
    def from_coercible(value: Any) -> AssetDep:
        """What a dependency means: an AssetDep, a key or a definition."""
        return value if isinstance(value, AssetDep) else AssetDep(value)


def dependencies(deps: Iterable[Any] | None) -> tuple[AssetKey, ...]:
    """The keys that dependencies mean, each once. A definition of several assets means all."""
    return tuple(one.asset_key for one in asset_deps(deps))


def asset_deps(deps: Iterable[Any] | None) -> list[AssetDep]:
    """The dependencies, each once, with their mappings of partitions."""
    found: list[AssetDep] = []
    for one in deps or ():
        if isinstance(one, AssetDep):
            found.append(one)
        elif hasattr(one, "ordered_keys"):
            found += map(AssetDep, one.ordered_keys)
        else:
            found.append(AssetDep(key_of(one)))
    by_key: dict[AssetKey, AssetDep] = {}
    for one in found:
        by_key.setdefault(one.asset_key, one)
    return list(by_key.values())


class AssetSpec:
    """What is said of an asset.

    Args:
        key: Its key.
        deps: What it reads: keys, definitions or AssetDep.
        description: In Markdown.
        metadata: Of the asset itself, shown with it.
        skippable: Whether a function may leave it out.
        group_name: The group that it is shown in.
        code_version: Where given, the asset is stale when this changes.
        owners: Addresses, or `team:` and a name.
        tags: Shown with it; a tag with an empty value is shown by its name.
        kinds: What it is made with: {"python", "duckdb"}.
        is_virtual: Accepted and left alone.
        partitions_def: The partitions that it is made in.
        automation_condition: When it is to be materialized by itself.
        freshness_policy: How old its latest materialization may be.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """

    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[Any] | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        skippable: bool = False,
        group_name: str | None = None,
        code_version: str | None = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Set[str] | None = None,
        is_virtual: bool = False,
        partitions_def: PartitionsDefinition | None = None,
        automation_condition: AutomationCondition | None = None,
        freshness_policy: FreshnessPolicy | None = None,
        **refused: Any,
    ) -> None:
        refuse_unknown("AssetSpec", refused, REFUSED)
        self.key = AssetKey.from_coercible(key)
        self.deps = asset_deps(deps)
        self.description = description
        self.metadata: Mapping[str, Any] = dict(metadata or {})
        self.skippable = skippable
        self.group_name = checked_group(group_name)
        self.code_version = None if code_version is None else str(code_version)
        self.owners = checked_owners(owners)
        self.tags: Mapping[str, str] = {
            **checked_tags(tags), **{f"{KIND}{kind}": "" for kind in sorted(checked_kinds(kinds))}
        }  # fmt: skip
        self.is_virtual = is_virtual
        self.partitions_def = checked_partitions(partitions_def)
        self.automation_condition = checked_condition(automation_condition)
        self.freshness_policy = checked_policy(freshness_policy)
        self.path, self.line = user_place()

    auto_materialize_policy = None

    @property
    def kinds(self) -> set[str]:
        """What it is made with."""
        return kinds_of(self.tags)

    def replace_attributes(self, **changes: Any) -> AssetSpec:
        """The same with other attributes: `spec.replace_attributes(group_name="marts")`."""
        kinds = changes.pop("kinds", self.kinds)
        own: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("key", "deps", "description", "metadata", "skippable", "group_name",
                         "code_version", "owners", "is_virtual", "partitions_def",
                         "automation_condition", "freshness_policy")
        }  # fmt: skip
        own["tags"] = {key: value for key, value in self.tags.items() if not key.startswith(KIND)}
        return AssetSpec(**{**own, "kinds": kinds, **changes})

    def merge_attributes(
        self,
        *,
        deps: Iterable[Any] = (),
        metadata: Mapping[str, Any] | None = None,
        owners: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        kinds: Set[str] = frozenset(),
    ) -> AssetSpec:
        """The same with more dependencies, metadata, owners, tags and kinds."""
        plain = {key: value for key, value in self.tags.items() if not key.startswith(KIND)}
        return self.replace_attributes(
            deps=[*self.deps, *deps],
            metadata={**self.metadata, **(metadata or {})},
            owners=[*self.owners, *owners],
            tags={**plain, **(tags or {})},
            kinds={*self.kinds, *kinds},
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetSpec) and _said(self) == _said(other)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"AssetSpec({self.key.to_user_string()!r})"


def _said(spec: AssetSpec) -> dict[str, Any]:
    return {name: value for name, value in vars(spec).items() if name not in ("path", "line")}


@dataclass(frozen=True)
class AssetOut:
    """An asset among several that a `@multi_asset` makes.

    Args:
        key: Its key; by default the name under which it stands in `outs`.
        key_prefix: Parts before the name.
        description: In Markdown.
        is_required: Whether the function must make it.
        metadata: Of the asset itself, shown with it.
        group_name: The group that it is shown in.
        code_version: Where given, the asset is stale when this changes.
        owners: Addresses, or `team:` and a name.
        tags: Shown with it.
        kinds: What it is made with.
        automation_condition: When it is to be materialized by itself.
        freshness_policy: How old its latest materialization may be.
        dagster_type: Accepted and left alone.
        io_manager_key: Not in dbtree; must be None.
    """

    key: CoercibleToAssetKey | None = None
    key_prefix: CoercibleToAssetKey | None = None
    description: str | None = None
    is_required: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict)
    group_name: str | None = None
    code_version: str | None = None
    owners: Sequence[str] | None = None
    tags: Mapping[str, str] | None = None
    kinds: Set[str] | None = None
    automation_condition: AutomationCondition | None = None
    freshness_policy: FreshnessPolicy | None = None
    dagster_type: Any = None
    io_manager_key: str | None = None

    def spec(self, name: str, deps: Iterable[Any]) -> AssetSpec:
        """The spec of the asset that stands under a name in `outs`."""
        if self.io_manager_key is not None:
            raise DefinitionError(
                "AssetOut(io_manager_key=…): dbtree has no I/O managers: store the value in the "
                "function."
            )
        if self.key is not None:
            key = AssetKey.from_coercible(self.key)
        else:
            prefix = AssetKey.from_coercible(self.key_prefix).path if self.key_prefix else []
            key = AssetKey([*prefix, name])
        return AssetSpec(
            key, deps=deps, description=self.description, metadata=self.metadata,
            skippable=not self.is_required, group_name=self.group_name,
            code_version=self.code_version, owners=self.owners, tags=self.tags, kinds=self.kinds,
            automation_condition=self.automation_condition,
            freshness_policy=self.freshness_policy,
        )  # fmt: skip

    @staticmethod
    def from_spec(spec: AssetSpec) -> AssetOut:
        """The same as an output."""
        plain = {key: value for key, value in spec.tags.items() if not key.startswith(KIND)}
        return AssetOut(
            key=spec.key, description=spec.description, is_required=not spec.skippable,
            metadata=spec.metadata, group_name=spec.group_name, code_version=spec.code_version,
            owners=spec.owners, tags=plain, kinds=spec.kinds,
            automation_condition=spec.automation_condition,
            freshness_policy=spec.freshness_policy,
        )  # fmt: skip


def map_asset_specs(func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[Any]) -> list[Any]:
    """Definitions and specs with what a function makes of their specs."""
    return [
        func(one) if isinstance(one, AssetSpec) else one.map_asset_specs(func) for one in iterable
    ]


def kinds_of(tags: Mapping[str, str]) -> set[str]:
    """The kinds among tags."""
    return {key.removeprefix(KIND) for key in tags if key.startswith(KIND)}


def is_tag_key(key: str) -> bool:
    """Whether Dagster takes a text as the key of a tag."""
    return _TAG_KEY.match(key) is not None


def checked_tags(tags: Mapping[Any, Any] | None) -> dict[str, str]:
    """Tags as they were given. Raises DefinitionError for a key or a value that cannot be one."""
    found = dict(tags or {})
    for key, value in found.items():
        name = key.removeprefix(KIND) if isinstance(key, str) else ""
        if not isinstance(key, str) or not is_tag_key(name if key.startswith(KIND) else key):
            raise DefinitionError(
                f"{key!r} is not the key of a tag: up to 63 letters, digits, `_`, `-` and `.`, "
                "with a prefix of the same and a slash before it at most."
            )
        if not isinstance(value, str) or not _TAG_VALUE.match(value):
            raise DefinitionError(
                f"{value!r} is not the value of a tag ({key}): up to 63 letters, digits, `_`, `-` "
                "and `.`."
            )
    return found


def checked_kinds(kinds: Iterable[str] | None) -> Iterable[str]:
    """Kinds as they were given. Raises DefinitionError where there are more than Dagster takes."""
    if isinstance(kinds, str):
        raise DefinitionError(f"kinds is a set: {{{kinds!r}}}.")
    found = set(kinds or ())
    if len(found) > MOST_KINDS:
        raise DefinitionError(f"An asset has up to {MOST_KINDS} kinds, not {len(found)}.")
    return found


def checked_group(name: str | None) -> str | None:
    """The name of a group as it was given. Raises DefinitionError for what cannot be one."""
    if name and not _GROUP.fullmatch(str(name)):
        raise DefinitionError(
            f"{name!r} is not the name of a group: letters, digits and `_`, in parts with a slash "
            "between them."
        )
    return name


def checked_owners(owners: Sequence[Any] | None) -> list[str]:
    """Owners as they were given. Raises DefinitionError for what is neither address nor team."""
    if isinstance(owners, str):
        raise DefinitionError(f"owners is a list: [{owners!r}].")
    for owner in owners or ():
        if not isinstance(owner, str) or not (
            _ADDRESS.fullmatch(owner) or owner.startswith("team:")
        ):
            raise DefinitionError(
                f"{owner!r} is not an owner: give an address, or `team:` and a name."
            )
    return list(owners or ())
