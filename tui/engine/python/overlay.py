"""The graph with definitions: dbt's rows translated, with Python assets added."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tui.definitions.resolved import PythonAsset, PythonCheck, Resolved, Translation
from tui.engine.records.row_values import first_paragraph
from tui.engine.records.rows import RecordChanges
from tui.protocol.records import DECLARED, Asset, Check, Fingerprint

PYTHON = "python"
EXTERNAL = "external"
"""What is upstream of the assets that are built here, and is built elsewhere."""
Row = TypeVar("Row", Asset, Check)


class Overlay:
    """dbt's rows under definitions, kept from load to load. `update` says what changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.resolved = Resolved()
        self.python: dict[str, PythonAsset | PythonCheck] = {}
        self.assets: dict[str, Asset] = {}
        self.checks: dict[str, Check] = {}
        self._made: dict[str, tuple[Asset, Asset]] = {}
        """By unique_id: dbt's row, and what became of it."""

    def define(self, resolved: Resolved) -> None:
        """Take new definitions. The rows are those of before until `update`."""
        self.resolved = resolved
        self.python = {one.unique_id: one for one in resolved.assets}
        self.python.update((one.unique_id, one) for one in resolved.checks)
        self._made = {}

    def update(self, assets: Mapping[str, Asset], checks: Mapping[str, Check]) -> RecordChanges:
        """Bring the rows up to date with dbt's; returns the differences, but for macros."""
        made_assets = self._assets(assets)
        made_checks = self._checks(checks, made_assets)
        changes = RecordChanges(
            assets=_differing(self.assets, made_assets),
            checks=_differing(self.checks, made_checks),
            removed=[
                *(key for key in self.assets if key not in made_assets),
                *(key for key in self.checks if key not in made_checks),
            ],
        )
        self.assets, self.checks = made_assets, made_checks
        return changes

    # -- assets ----------------------------------------------------------------

    def _assets(self, dbt: Mapping[str, Asset]) -> dict[str, Asset]:
        replaced = {one.stands_for: one for one in self.resolved.assets if one.stands_for}
        shown = self._shown(dbt) if self.resolved.left_out else None
        found: dict[str, Asset] = {}
        for key, row in dbt.items():
            if key in replaced:
                found[key] = python_row(replaced[key], self._root, self._translated(row))
            elif shown is None or key in shown:
                found[key] = self._translated(row)
        for one in self.resolved.assets:
            if one.unique_id not in found:
                found[one.unique_id] = python_row(one, self._root)
        return found

    def _shown(self, dbt: Mapping[str, Asset]) -> set[str]:
        """What is built here, and what that reads directly."""
        left_out = self.resolved.left_out
        own = {
            key
            for key, row in dbt.items()
            if key not in left_out and row.resource_type not in {"source", *DECLARED}
        }
        wanted = own | {one.unique_id for one in self.resolved.assets}
        for one in self.resolved.assets:
            wanted.update(one.depends_on)
        wanted.update(parent for key in own for parent in dbt[key].depends_on)
        wanted.update(
            key
            for key, row in dbt.items()
            if row.resource_type in DECLARED and not own.isdisjoint(row.depends_on)
        )
        return wanted

    def _translated(self, row: Asset) -> Asset:
        made = self._made.get(row.unique_id)
        if made is not None and made[0] is row:
            return made[1]
        translation = self.resolved.translations.get(row.unique_id)
        new = row if translation is None else translated(row, translation)
        if row.unique_id in self.resolved.left_out:
            new = new._replace(resource_type=EXTERNAL)
        self._made[row.unique_id] = (row, new)
        return new

    # -- checks ----------------------------------------------------------------

    def _checks(self, dbt: Mapping[str, Check], assets: Mapping[str, Asset]) -> dict[str, Check]:
        left_out = self.resolved.left_out
        found = {
            key: row
            for key, row in dbt.items()
            if not left_out or (row.asset in assets and row.asset not in left_out)
        }
        for one in self.resolved.checks:
            found[one.unique_id] = python_check_row(one, self._root)
        return found

    # -- what the engine is asked ------------------------------------------------

    def describe(self, unique_id: str) -> dict[str, Any] | None:
        """The facts of an asset or check of Python's; None for what is dbt's."""
        one = self.python.get(unique_id)
        if one is None:
            return None
        downstream = [key for key, row in self.assets.items() if unique_id in row.depends_on]
        checks = [key for key, row in self.checks.items() if row.asset == unique_id]
        return python_facts(one, sorted(downstream), sorted(checks))

    def adjust(self, unique_id: str, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts of one of dbt's nodes, as its translator has them."""
        found = dict(facts)
        translation = self.resolved.translations.get(unique_id)
        if translation is not None:
            found["key"] = translation.key
            if translation.description is not None:
                found["description"] = translation.description
            if translation.metadata:
                found["metadata"] = dict(translation.metadata)
        row = self.assets.get(unique_id)
        if row is not None:
            found["owner"] = row.owner
        extra = [key for key, one in self.assets.items() if unique_id in one.depends_on]
        found["downstream"] = sorted({*facts.get("downstream", ()), *extra})
        own = [key for key, check in self.checks.items() if check.asset == unique_id]
        found["checks"] = sorted({*facts.get("checks", ()), *own})
        return found


def translated(row: Asset, translation: Translation) -> Asset:
    """A row of dbt's as its translator has it."""
    changed: dict[str, Any] = {"key": translation.key}
    if translation.name is not None:
        changed["name"] = translation.name
    if translation.description is not None:
        changed["description"] = first_paragraph(translation.description)
    if translation.group is not None:
        changed["group"] = translation.group
    if translation.tags is not None:
        changed["tags"] = translation.tags
    if translation.owners is not None:
        changed["owner"] = ", ".join(translation.owners)
    if translation.kinds:
        changed["kinds"] = translation.kinds
    if translation.metadata:
        changed["metadata"] = _compact(translation.metadata)
    if translation.partitions and row.materialized != "ephemeral":
        changed["partitions"] = translation.partitions
        changed["mappings"] = _compact(translation.mappings) if translation.mappings else ""
    if translation.depends_on:
        changed["depends_on"] = tuple(sorted({*row.depends_on, *translation.depends_on}))
    if translation.code_version:
        config = json.loads(row.fingerprint.config or "{}")
        config["code_version"] = translation.code_version
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        changed["fingerprint"] = row.fingerprint._replace(config=text)
    return row._replace(**changed)


def fingerprint_of(one: PythonAsset) -> Fingerprint:
    """What makes an asset of Python stale: its code version where it has one, else its source."""
    if one.code_version:
        version = json.dumps({"code_version": one.code_version}, separators=(",", ":"))
        return Fingerprint(config=version)
    return Fingerprint(sql=one.digests[0], code=one.digests[1])


def python_row(one: PythonAsset, root: Path, stands_for: Asset | None = None) -> Asset:
    """The row of an asset of Python's; that of a source where it represents one."""
    package = one.module.partition(".")[0]
    made = EXTERNAL if one.is_external else PYTHON
    own = Asset(
        unique_id=one.unique_id,
        name=one.key,
        resource_type=made,
        materialized=", ".join(kind for kind in one.kinds if kind != PYTHON) or made,
        package=package,
        path=_relative(one.path, root),
        line=one.line,
        patch_path="",
        fqn=".".join((package, *one.key.split("/"))),
        relation="",
        depends_on=one.depends_on,
        macros=(),
        fingerprint=fingerprint_of(one),
        tags=one.tags,
        group=one.group,
        owner=", ".join(one.owners),
        description=first_paragraph(one.description),
        key=one.key,
        kinds=one.kinds,
        metadata=_compact(one.metadata) if one.metadata else "",
        partitions=one.partitions,
        mappings=_compact(one.mappings) if one.mappings else "",
    )
    if stands_for is None:
        return own
    return own._replace(
        name=stands_for.name,
        relation=stands_for.relation,
        patch_path=stands_for.path,
        fqn=stands_for.fqn,
        tags=tuple(sorted({*own.tags, *stands_for.tags})),
        group=own.group or stands_for.group,
        owner=own.owner or stands_for.owner,
        description=own.description or stands_for.description,
        freshness=stands_for.freshness,
    )


def python_check_row(one: PythonCheck, root: Path) -> Check:
    """The row of a check of Python's."""
    return Check(
        unique_id=one.unique_id,
        name=one.name,
        kind=PYTHON,
        asset=one.asset,
        depends_on=one.depends_on,
        path=_relative(one.path, root),
        line=one.line,
        package=one.module.partition(".")[0],
        severity="error",
        description=first_paragraph(one.description),
        fqn=".".join((one.module.partition(".")[0], one.name)),
    )


def python_facts(
    one: PythonAsset | PythonCheck, downstream: list[str], checks: list[str]
) -> dict[str, Any]:
    """The facts of `Described`."""
    facts: dict[str, Any] = {
        "description": one.description, "raw_code": one.source, "language": PYTHON,
        "compiled_code": "", "compile_problem": "", "config": {}, "config_sources": {},
        "columns": [], "meta": {}, "relation": "", "upstream": list(one.depends_on),
        "downstream": downstream, "checks": checks, "macros": [], "url": "", "owner": "",
        "docs_path": "", "dbt_name": "", "key": one.key,
    }  # fmt: skip
    if isinstance(one, PythonAsset):
        facts["owner"] = ", ".join(one.owners)
        facts["metadata"] = dict(one.metadata)
        said = {
            "group": one.group, "kinds": list(one.kinds), "tags": list(one.tags),
            "code_version": one.code_version, "module": one.module,
        }  # fmt: skip
        facts["config"] = {key: value for key, value in said.items() if value}
    else:
        facts["config"] = {"blocking": one.blocking, "module": one.module}
    return facts


def _compact(metadata: Mapping[str, Any]) -> str:
    return json.dumps(dict(metadata), sort_keys=True, separators=(",", ":"))


def _differing(before: Mapping[str, Row], now: Mapping[str, Row]) -> list[Row]:
    return [row for key, row in now.items() if before.get(key) != row]


def _relative(path: str, root: Path) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def with_macros(changes: RecordChanges, macros: Mapping[str, str | None]) -> RecordChanges:
    """Changes of rows together with those of macros."""
    return replace(changes, macros=dict(macros))
