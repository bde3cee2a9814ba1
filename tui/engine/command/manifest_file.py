"""A manifest.json as the objects that rows are made of: dbt's names, without dbt's classes.

What is read is what dbt-core's own objects would say, so that an asset has the same fingerprint
whichever engine opened its project.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TRIES = 20
PAUSE = 0.1
"""Seconds between two tries to read a file that is being replaced."""

OBJECTS = frozenset({"checksum", "contract", "depends_on", "freshness", "owner", "test_metadata"})
"""Attributes whose JSON object is an object of dbt's; any other stays a dict."""
LISTS = frozenset({"constraints", "given", "post_hook", "pre_hook", "refs"})
"""Attributes that are lists of objects."""
_QUALIFIED = re.compile(r"\b(\w+)\.(\w+)\s*\(")
MATERIALIZED = {"model": "view", "seed": "seed", "snapshot": "snapshot"}
"""What a type of resource is materialized as where nobody says it."""
LEFT_OUT: dict[str, Any] = {
    "constraints": [],
    "data_type": None,
    "database": None,
    "description": "",
    "freshness": None,
    "loaded_at_field": None,
    "meta": {},
    "namespace": None,
    "quote": None,
    "raw_code": "",
    "schema": None,
    "tags": [],
}
"""What dbt-core always says, and dbt v2 leaves out where there is nothing to say."""
DEFAULTS: dict[str, Any] = {
    "access": "protected",
    "contract": {"enforced": False, "alias_types": True},
    "delimiter": ",",
    "docs": {"show": True},
    "enabled": True,
    "lookback": 1,
    "on_configuration_change": "apply",
    "on_schema_change": "ignore",
    "static_analysis": "baseline",
}
"""What dbt says of a configuration that nobody wrote; it writes out all of it."""


class ManifestUnreadable(Exception):
    """There is no manifest, or it is not dbt's; the reason is for the user."""


class Record:
    """A JSON object by its attributes."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.data: Mapping[str, Any] = data or {}

    def __getattr__(self, name: str) -> Any:
        data = object.__getattribute__(self, "data")
        key = name if name in data else name.replace("_", "-")
        if key not in data:
            if name in LEFT_OUT:
                return LEFT_OUT[name]
            raise AttributeError(name)
        value = data[key]
        if name in OBJECTS and isinstance(value, Mapping):
            return Record(value)
        if name in LISTS and isinstance(value, list):
            kind = Constraint if name == "constraints" else Record
            return [kind(one) if isinstance(one, Mapping) else one for one in value]
        return value

    def to_dict(self, *, omit_none: bool = True) -> dict[str, Any]:
        """As dbt's objects say themselves."""
        found: dict[str, Any] = _without_none(self.data) if omit_none else dict(self.data)
        return found


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_none(one) for one in value]
    return value


CONSTRAINT = ("type", "name", "expression", "warn_unenforced", "warn_unsupported", "to")
"""The order of dbt-core's own, since what is digested is their text."""


class Constraint(Record):
    """A constraint of a contract, as dbt-core says it where dbt v2 says nothing."""

    def to_dict(self, *, omit_none: bool = True) -> dict[str, Any]:
        """As dbt's objects say themselves."""
        unstated = {"warn_unenforced": True, "warn_unsupported": True, "to_columns": []}
        found = {**unstated, **super().to_dict(omit_none=omit_none)}
        return {key: found[key] for key in dict.fromkeys((*CONSTRAINT, *found)) if key in found}


class Config(Record):
    """A node's configuration. Without an argument it is one that nobody wrote."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(DEFAULTS if data is None else data)

    def to_dict(self, *, omit_none: bool = True) -> dict[str, Any]:
        """What is configured. What is empty is left out, as is what dbt v2 resolves by itself."""
        found = super().to_dict(omit_none=omit_none)
        quoting = found.get("quoting")
        if isinstance(quoting, Mapping) and "snowflake_ignore_case" in quoting:
            del found["quoting"]
        return {key: value for key, value in found.items() if value not in ({}, [], "")}


class Node(Record):
    """A node, source, exposure, unit test or the like."""

    created_at = 0.0
    """CHANGED where it is not as in the manifest before; dbt v2 does not say when it parsed it."""

    @property
    def resource_type(self) -> str:
        """dbt's; dbt v2 leaves it out where the unique_id says it."""
        said = self.data.get("resource_type")
        return str(said or str(self.data.get("unique_id", "")).split(".", 1)[0])

    @property
    def config(self) -> Config:
        """What is configured; dbt v2 leaves out what a view is materialized as."""
        stated = dict(self.data.get("config") or {})
        if self.resource_type in MATERIALIZED and not stated.get("materialized"):
            stated["materialized"] = MATERIALIZED[self.resource_type]
        return Config(stated)

    @property
    def columns(self) -> dict[str, Record]:
        """The declared columns by name."""
        return {key: Record(one) for key, one in (self.data.get("columns") or {}).items()}

    @property
    def depends_on_nodes(self) -> list[str]:
        """The unique_ids of what it reads."""
        return list((self.data.get("depends_on") or {}).get("nodes") or ())

    @property
    def depends_on_macros(self) -> list[str]:
        """The unique_ids of the macros that it calls, those of packages by their full name: dbt v2
        does not list them.
        """
        listed = list((self.data.get("depends_on") or {}).get("macros") or ())
        called = _QUALIFIED.findall(str(self.data.get("raw_code") or ""))
        return [*listed, *(f"macro.{package}.{name}" for package, name in called)]

    @property
    def group(self) -> str:
        """The name of its group; dbt v2 says that of a snapshot only in its configuration."""
        return str(self.data.get("group") or (self.data.get("config") or {}).get("group") or "")

    @property
    def is_ephemeral_model(self) -> bool:
        """Whether it is compiled into those that read it."""
        return (self.data.get("config") or {}).get("materialized") == "ephemeral"

    @property
    def has_freshness(self) -> bool:
        """Of a source: whether somebody said how fresh it should be."""
        said = self.data.get("freshness") or {}
        return any(
            isinstance(one, Mapping) and one.get("count") and one.get("period")
            for one in (said.get("warn_after"), said.get("error_after"))
        )


class Macro(Record):
    """A macro; its `depends_on` is always there."""

    @property
    def depends_on(self) -> Any:
        """With `macros`: the unique_ids of those that it calls."""
        return _Macros(list((self.data.get("depends_on") or {}).get("macros") or ()))


class _Macros:
    def __init__(self, macros: list[str]) -> None:
        self.macros = macros


CHANGED = 1.0
"""The `created_at` of a node that is new, or not as it was."""
TABLES = (
    "nodes", "sources", "exposures", "unit_tests", "metrics", "semantic_models",
    "saved_queries", "functions", "groups",
)  # fmt: skip
"""The parts of a manifest that hold nodes."""


class ManifestFile:
    """A manifest.json, by dbt's own names."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.metadata: Mapping[str, Any] = data.get("metadata") or {}
        for name in TABLES:
            setattr(self, name, {key: Node(one) for key, one in (data.get(name) or {}).items()})
        self.macros = {key: Macro(one) for key, one in (data.get("macros") or {}).items()}
        self.parent_map: Mapping[str, list[str]] = data.get("parent_map") or {}
        self.child_map: Mapping[str, list[str]] = data.get("child_map") or {}

    nodes: dict[str, Node]
    sources: dict[str, Node]
    exposures: dict[str, Node]
    unit_tests: dict[str, Node]
    groups: dict[str, Node]

    def is_of_another(self, invocation_id: str) -> bool:
        """Whether another invocation of dbt has written it, where that can be told."""
        written = self.metadata.get("invocation_id")
        return bool(written and invocation_id and written != invocation_id)

    def has_macros_of(self, other: ManifestFile) -> bool:
        """Whether the macros are the same as in another manifest."""
        mine, others = self.macros, other.macros
        return mine.keys() == others.keys() and all(_same(mine[key], others[key]) for key in mine)

    def mark_changes(self, before: ManifestFile) -> None:
        """Mark the nodes that are not as in the manifest before."""
        for name in TABLES:
            known: dict[str, Node] = getattr(before, name)
            for key, node in getattr(self, name).items():
                if key not in known or not _same(node, known[key]):
                    node.created_at = CHANGED

    def packages_of_macros(self) -> Iterator[str]:
        """The package of each macro."""
        return (macro.package_name for macro in self.macros.values())

    def find_materialization_macro_by_name(
        self, project: str, name: str, adapter: str
    ) -> Macro | None:
        """The macro of a materialization: the adapter's own before the default, the project's
        before those of packages, and dbt's last.
        """
        names = (f"materialization_{name}_{adapter}", f"materialization_{name}_default")
        found = [
            (names.index(macro.name), self._distance(project, macro.package_name), key)
            for key, macro in self.macros.items()
            if macro.name in names
        ]
        return self.macros[min(found)[2]] if found else None

    @staticmethod
    def _distance(project: str, package: str) -> int:
        if package == project:
            return 0
        return 2 if package == "dbt" or package.startswith("dbt_") else 1


def _same(one: Record, other: Record) -> bool:
    """Whether two records say the same, but for when they were made."""
    mine, others = one.data, other.data
    return mine == others or (
        {**mine, "created_at": 0} == {**others, "created_at": 0} and "created_at" in mine
    )


def _why_unreadable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            f"dbt left no {path.name} in {path.parent}. A dbt in a container writes only into what "
            "is mounted: leave the state directory in the project (no --state-dir)."
        )
    reason = error.strerror if isinstance(error, OSError) else error
    return f"{path} cannot be read: {reason}."


def read_manifest(path: Path) -> ManifestFile:
    """The manifest in a file, which another process may be replacing. Raises ManifestUnreadable."""
    for last in (*[False] * (TRIES - 1), True):
        try:
            data = json.loads(path.read_bytes())
            if not isinstance(data, dict) or "nodes" not in data:
                raise ManifestUnreadable(f"{path} is not a manifest of dbt's.")
            return ManifestFile(data)
        except (OSError, ValueError) as error:
            if last:
                raise ManifestUnreadable(_why_unreadable(path, error)) from error
            time.sleep(PAUSE)
    raise AssertionError("the last try returns or raises")
