"""What a new asset comes to stand beside: its folder, its likely name, the columns it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from tui.column_lineage.column_graph import ColumnGraph
from tui.errors import ProjectError
from tui.graph import Asset, AssetGraph
from tui.protocol.messages import EngineReady
from tui.refactoring.asset_names import (
    IDENTIFIER,
    REFABLE,
    base_name,
    name_problem,
    singular_test_names,
    taken_names,
)
from tui.refactoring.new_asset import KINDS, MODEL, SINGULAR, SNAPSHOT, Draft, Surroundings
from tui.refactoring.new_sql import RESERVED, Origin, changed_at
from tui.workspace.properties_edits import properties_path
from tui.workspace.properties_proposal import described_name, read_text

PATHS = {MODEL: "model-paths", SNAPSHOT: "snapshot-paths", SINGULAR: "test-paths"}
DEFAULTS = {MODEL: ["models"], SNAPSHOT: ["snapshots"], SINGULAR: ["tests"]}
READABLE = frozenset({*REFABLE, "source"})


def folders_of(root: Path) -> Mapping[str, Sequence[str]]:
    """Where dbt looks for each kind, by dbt_project.yml; its defaults where that cannot be read."""
    try:
        loaded = yaml.safe_load(read_text(root / "dbt_project.yml") or "")
    except (yaml.YAMLError, ProjectError):
        loaded = None
    stated = loaded if isinstance(loaded, dict) else {}
    found: dict[str, Sequence[str]] = {}
    for kind, key in PATHS.items():
        paths = stated.get(key)
        texts = [one for one in paths if isinstance(one, str)] if isinstance(paths, list) else []
        found[kind] = texts or DEFAULTS[kind]
    return found


def surroundings_of(
    root: Path,
    graph: AssetGraph,
    unique_id: str,
    engine: EngineReady,
    columns: Sequence[str],
    folders: Mapping[str, Sequence[str]],
) -> Surroundings:
    """What a new asset that reads this one comes to stand beside. Raises ProjectError."""
    asset = graph.assets[unique_id]
    if asset.resource_type not in READABLE:
        raise ProjectError(f"{asset.name} is not a model, seed, snapshot or source: nothing reads "
                           "it.")  # fmt: skip
    try:
        path = properties_path(graph, asset, root)
        properties: tuple[str, str | None] = (path, read_text(root / path))
    except ProjectError:
        properties = ("", None)  # a package's
    tests = (graph.checks[key] for key in graph.checks_of.get(unique_id, ()))
    taken = taken_names(graph, engine.project)
    return Surroundings(
        package=engine.project,
        origin=Origin(call_of(asset, engine.project), alias_of(asset), columns),
        name_problem=lambda text: name_problem(text, taken),
        exists=lambda path: (root / path).exists(),
        unique_id=unique_id,
        described=(asset.resource_type, described_name(asset)),
        described_version=asset.version,
        adapter=engine.adapter,
        version=_version(engine.dbt_version),
        folders=folders,
        properties=properties,
        test_names=singular_test_names(graph, engine.project),
        tests=frozenset((check.column.lower(), check.test_name) for check in tests if check.column),
        targets={key: call_of(one, engine.project) for key, one in taken.items()},
    )


def call_of(asset: Asset, package: str) -> str:
    """How Jinja reads an asset: `ref('orders', v=2)`, `source('raw', 'orders')`."""
    name = base_name(asset)
    if asset.resource_type == "source":
        return f"source('{asset.name.rpartition('.')[0]}', '{name}')"
    owner = f"'{asset.package}', " if asset.package != package else ""
    version = f", v={_written(asset.version)}" if asset.version else ""
    return f"ref({owner}'{name}'{version})"


def _written(version: str) -> str:
    return version if version.isdecimal() else f"'{version}'"


def alias_of(asset: Asset) -> str:
    """What the common table expression is called that reads an asset."""
    name = base_name(asset)
    is_plain = IDENTIFIER.match(name) is not None and name.lower() not in RESERVED
    return name if is_plain and asset.resource_type != "source" else "source"


def _version(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (1, 9)


def known_columns(
    columns: ColumnGraph | None, unique_id: str, facts: Mapping[str, Any]
) -> list[str]:
    """The columns of what is not in the database: as its SQL has them, else as it is described."""
    traced = columns.assets.get(unique_id) if columns is not None else None
    if traced is not None and traced.columns:
        return [column.name for column in traced.columns]
    return [str(one["name"]) for one in facts.get("columns", ())]


# ------------------------------------------------------------------------------- first drafts


def first_drafts(graph: AssetGraph, unique_id: str, around: Surroundings) -> dict[str, Draft]:
    """What reads an asset, by kind, as far as its neighbours tell what it is called and where it is
    to be.
    """
    asset = graph.assets[unique_id]
    columns = around.origin.columns
    return {
        kind: Draft(
            kind,
            name=likely_name(kind, graph, asset),
            folder=likely_folder(kind, graph, asset, around),
            unique_key=_key_of(graph, unique_id)
            or (columns[0] if columns and kind == SNAPSHOT else ""),
            updated_at=changed_at(columns),
            column=columns[0] if columns else "",
        )
        for kind in KINDS
    }


def likely_name(kind: str, graph: AssetGraph, asset: Asset) -> str:
    """What it may be called; empty where only a person can tell."""
    name = base_name(asset)
    if kind == SNAPSHOT:
        return f"{name}_snapshot"
    if kind != MODEL or asset.resource_type != "source":
        return ""
    names = [one.name for one in graph.assets.values() if one.resource_type == "model"]
    staging = [one for one in names if one.startswith("stg_")]
    if staging and not any("__" in one for one in staging):
        return f"stg_{name.removeprefix('raw_')}"
    return f"stg_{asset.name.replace('.', '__')}"


def likely_folder(kind: str, graph: AssetGraph, asset: Asset, around: Surroundings) -> str:
    """Where its neighbours are: those that read the same source, or the asset itself."""
    tops = list(around.folders.get(kind, ()))
    own = [one for one in graph.assets.values() if one.package == around.package]
    models = [one.path for one in own if one.resource_type == "model"]
    beside: list[str] = []
    if kind == SNAPSHOT:
        beside = [one.path for one in own if one.resource_type == "snapshot"]
    elif kind == SINGULAR:
        checks = graph.checks.values()
        beside = [one.path for one in checks
                  if one.kind == "singular" and one.package == around.package]  # fmt: skip
    elif asset.resource_type == "model" and asset.package == around.package:
        beside = [asset.path]
    elif kind == MODEL:
        readers = {child for key in _alike(graph, asset) for child in graph.downstream.get(key, ())}
        paths = {graph.assets[key].path for key in readers}
        beside = [path for path in models if path in paths]
        if not beside and any(asset.path.startswith(f"{top}/") for top in tops):
            beside = [asset.path]
        beside = beside or [path for path in models if "/staging/" in path]
    return _most_common(beside) or (tops[0] if tops else "")


def _alike(graph: AssetGraph, asset: Asset) -> list[str]:
    """The tables of the same source; of another asset those of its type."""
    source = asset.name.rpartition(".")[0]
    return [
        key
        for key, one in graph.assets.items()
        if one.resource_type == asset.resource_type
        and (asset.resource_type != "source" or one.name.rpartition(".")[0] == source)
    ]


def _most_common(paths: Sequence[str]) -> str:
    folders = Counter(PurePosixPath(path).parent.as_posix() for path in paths)
    return folders.most_common(1)[0][0] if folders else ""


def _key_of(graph: AssetGraph, unique_id: str) -> str:
    """The column whose values are unique, where a test says so."""
    checks = (graph.checks[key] for key in graph.checks_of.get(unique_id, ()))
    return next((one.column for one in checks if one.test_name == "unique" and one.column), "")
