"""Definitions as they are in the graph: plain values that travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.conditions import AutomationCondition
from tui.definitions.config_rows import ConfigRow
from tui.definitions.freshness import FreshnessPolicy
from tui.definitions.specs import KIND
from tui.protocol.schedules import ScheduleRow
from tui.protocol.sensors import SensorRow


@dataclass(frozen=True)
class Translation:
    """What a translator says of one dbt node; None where it is as dbt has it."""

    key: str
    """The key's parts joined by slashes."""
    name: str | None = None
    """To be shown in place of dbt's name."""
    description: str | None = None
    group: str | None = None
    tags: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    code_version: str = ""
    kinds: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    """unique_ids of what it reads beside what dbt knows."""
    partitions: str = ""
    """As `PartitionsDefinition.row` has them; empty where it has none."""
    mappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By the unique_id of what is upstream: `PartitionMapping.facts`, where one was given."""
    condition: AutomationCondition | None = None
    policy: FreshnessPolicy | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing but key and kinds."""
        return self == Translation(self.key, kinds=self.kinds)


@dataclass(frozen=True)
class PythonAsset:
    """An asset that a Python function makes."""

    unique_id: str
    key: str
    stands_for: str
    """The dbt node in whose place it is shown, or empty."""
    depends_on: tuple[str, ...]
    """unique_ids."""
    name: str
    """Of the function."""
    path: str
    """Absolute."""
    line: int
    module: str
    description: str
    group: str
    tags: tuple[str, ...]
    owners: tuple[str, ...]
    kinds: tuple[str, ...]
    code_version: str
    source: str
    """The text of the function."""
    digests: tuple[str, str]
    """Of the text, and of what it does."""
    metadata: Mapping[str, Any]
    made_with: tuple[str, ...] = ()
    """unique_ids of the assets that a run makes along with it, where its function cannot make it
    alone."""
    is_external: bool = False
    """Whether it is made elsewhere."""
    builder: str = ""
    """The function, where it makes several assets."""
    partitions: str = ""
    """As `PartitionsDefinition.row` has them; empty where it has none."""
    mappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By the unique_id of what is upstream: `PartitionMapping.facts`, where one was given."""
    condition: AutomationCondition | None = None
    policy: FreshnessPolicy | None = None


@dataclass(frozen=True)
class PythonCheck:
    """A check that a Python function makes."""

    unique_id: str
    key: str
    name: str
    asset: str
    """unique_id."""
    depends_on: tuple[str, ...]
    path: str
    line: int
    module: str
    description: str
    blocking: bool
    source: str
    is_told_by_asset: bool
    """Whether its result comes from the function of its asset."""


@dataclass(frozen=True)
class Resolved:
    """Definitions as they are in the graph."""

    translations: Mapping[str, Translation] = field(default_factory=dict)
    assets: tuple[PythonAsset, ...] = ()
    checks: tuple[PythonCheck, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()
    sensors: tuple[SensorRow, ...] = ()
    builders: Mapping[str, str] = field(default_factory=dict)
    """dbt node → name of the `@dbt_assets` function that builds it; where it builds everything
    there is only the entry `*`."""
    left_out: frozenset[str] = frozenset()
    """dbt nodes that no function builds."""
    configs: tuple[ConfigRow, ...] = ()
    """The settings that a run may give."""
    is_plain: bool = True
    """Whether no code of the user's decides on dbt's nodes: default translators, everything
    selected."""

    @property
    def conditions(self) -> dict[str, AutomationCondition]:
        """The automation condition of each asset that has one and is built here."""
        of_dbt = ((key, one.condition) for key, one in self.translations.items())
        own = ((one.unique_id, one.condition) for one in self.assets if not one.is_external)
        return {key: one for key, one in (*of_dbt, *own) if one is not None}

    @property
    def policies(self) -> dict[str, FreshnessPolicy]:
        """The freshness policy of each asset that has one."""
        of_dbt = ((key, one.policy) for key, one in self.translations.items())
        own = ((one.unique_id, one.policy) for one in self.assets)
        return {key: one for key, one in (*of_dbt, *own) if one is not None}

    def builder_of(self, unique_id: str) -> str:
        """The function that builds a dbt node; empty when dbt builds it without one."""
        return self.builders.get(unique_id) or self.builders.get("*", "")


def tag_words(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Tags as dbtree shows them, without those that are kinds: `daily`, `team=data`."""
    plain = ((key, value) for key, value in tags.items() if not str(key).startswith(KIND))
    return tuple(sorted(f"{key}={value}" if value else str(key) for key, value in plain))
