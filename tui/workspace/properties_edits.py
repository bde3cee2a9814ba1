"""What is missing in the YAML about an asset, from what the database has of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.values import PASS_THROUGH, ColumnRef
from tui.errors import DbtreeError, EngineError, ProjectError
from tui.graph import Asset, AssetGraph
from tui.properties.additions import shared_columns
from tui.properties.entries import SECTIONS, column_of, entry_of, root_of, version_of
from tui.properties.style import Column
from tui.properties.suggestions import ColumnCounts, Reference, Suggestion, suggestions
from tui.protocol import messages
from tui.refactoring.new_sql import needs_quotes
from tui.text.formats import plural
from tui.workspace.properties_proposal import Proposal, described_name, nameable, read_text

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi

QUOTE = '"'
"""dbt's tests cannot find a column with such a sign in its name."""
TRACED_WITHIN = 20.0
"""Seconds for which the lineage of columns is waited for."""


class PropertiesEdits:
    """What could be written."""

    def __init__(self, workspace: WorkspaceApi, ask: Any) -> None:
        """`ask` sends a request to the engine, and waits for its answer."""
        self._workspace = workspace
        self._ask = ask

    async def propose(self, unique_id: str, *, with_tests: bool = True) -> Proposal:
        """What is missing about an asset.

        Raises EngineError where the database does not tell its columns, ProjectError where its
        file cannot be read or belongs to a package.
        """
        workspace = self._workspace
        asset = workspace.state.graph.assets[unique_id]
        root = workspace.state.project.root
        path = properties_path(workspace.state.graph, asset, root)
        before = await asyncio.to_thread(read_text, root / path)
        inspected = await workspace.queries.inspect(unique_id)
        if not inspected.is_there:
            raise EngineError(f"{asset.relation} is not in the database: build {asset.name} first.")
        facts = (await workspace.queries.describe(unique_id)).facts
        declared = {one["name"].lower(): one for one in facts["columns"]}
        columns = await self._traced()
        descriptions = await asyncio.to_thread(
            inherited, workspace.state.graph, columns, unique_id, root
        )
        adapter = workspace.state.engine.adapter if workspace.state.engine else ""
        found = [
            Column(
                name,
                type_words(kind),
                descriptions.get(name.lower(), ""),
                quote=needs_quotes(name, adapter),
            )
            for name, kind in nameable(inspected.columns)
        ]
        with_types = any(one["type"] for one in declared.values())
        suggested: list[Suggestion] = []
        notes: list[str] = []
        if with_tests:
            known = {name: one["tests"] for name, one in declared.items()}
            try:
                suggested = await self._suggested(asset, found, known)
            except DbtreeError as error:
                notes.append(f"No tests are suggested: {error.message}")
        if asset.version and before is not None:
            suggested, notes = _of_version(asset, before, suggested, notes)
        version = workspace.state.engine.dbt_version if workspace.state.engine else ""
        return Proposal(
            asset, path, before, found, with_types, suggested, _takes_arguments(version), notes
        )

    async def _traced(self) -> ColumnGraph:
        """Where columns come from, as far as that is known in time."""
        self._workspace.trace_columns()
        try:
            state = await asyncio.wait_for(
                self._workspace.until(
                    lambda state: (
                        state.phase == "gone"
                        or (state.columns is not None and state.columns.is_complete)
                    )
                ),
                TRACED_WITHIN,
            )
        except TimeoutError:
            state = self._workspace.state
        return state.columns or ColumnGraph()

    async def _suggested(
        self, asset: Asset, columns: Sequence[Column], known: dict[str, Collection[str]]
    ) -> list[Suggestion]:
        graph = self._workspace.state.graph
        wanted = references(graph, asset, [one.name for one in columns])
        counted: messages.ColumnsCounted = await self._ask(
            messages.CountColumns,
            unique_id=asset.unique_id,
            references=[list(one) for one in wanted],
        )
        found = [
            Reference(column, f"ref('{graph.assets[key].name}')", name, orphans)
            for (column, key, name), orphans in zip(wanted, counted.orphans, strict=True)
            if orphans is not None
        ]
        counts = [ColumnCounts(*row) for row in nameable(counted.columns) if QUOTE not in row[0]]
        return suggestions(counted.rows, counts, found, known)


# --------------------------------------------------------------------------- where


def properties_path(graph: AssetGraph, asset: Asset, root: Path) -> str:
    """The file that describes an asset, or that is to: where its neighbours are described, else a
    new one beside it. Raises ProjectError.
    """
    if asset.resource_type not in SECTIONS:
        raise ProjectError(f"{asset.name} is not a model, seed, snapshot or source.")
    if asset.path.startswith(("dbt_packages/", "dbt_modules/")):
        raise ProjectError(f"{asset.name} belongs to a package: its files are not ours to write.")
    if asset.resource_type == "source":
        return asset.path
    if asset.patch_path:
        return asset.patch_path
    folder = Path(asset.path).parent
    beside = Counter(
        other.patch_path
        for other in graph.assets.values()
        if other.patch_path
        and Path(other.path).parent == folder
        and Path(other.patch_path).parent == folder
        and other.resource_type == asset.resource_type
    )
    if beside:
        return beside.most_common(1)[0][0]
    section = SECTIONS[asset.resource_type]
    name = f"_{folder.name}__{section}.yml"
    for known in (name, f"_{section}.yml", f"_{folder.name}.yml", "schema.yml"):
        if (root / folder / known).is_file():
            return (folder / known).as_posix()
    return (folder / name).as_posix()


def _of_version(
    asset: Asset, text: str, suggested: list[Suggestion], notes: list[str]
) -> tuple[list[Suggestion], list[str]]:
    """What is suggested for one version of a model, which knows nothing of the data of others."""
    try:
        shared = shared_columns(text, described_name(asset), asset.version)
    except ProjectError:
        return suggested, notes  # what is wrong with the file is said where it is written
    if not shared:
        return suggested, notes
    words = plural(len(shared), "column")
    note = f"{words} that other versions have too: what is said of them stays as it is."
    return [one for one in suggested if one.column.lower() not in shared], [*notes, note]


def references(
    graph: AssetGraph, asset: Asset, columns: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Which columns may refer to an upstream asset: by the name of a column that is unique there.

    Returns:
        Column, unique_id and column of the upstream asset.
    """
    named = {name.lower(): name for name in columns}
    own = {check.column.lower() for check in _unique_checks(graph, asset.unique_id)}
    found = []
    for key in asset.depends_on:
        parent = graph.assets.get(key)
        if parent is None or parent.resource_type not in ("model", "seed", "snapshot"):
            continue
        for check in _unique_checks(graph, key):
            name = check.column.lower()
            if name in named and name not in own:
                found.append((named[name], key, check.column))
    return found


def _unique_checks(graph: AssetGraph, unique_id: str) -> list[Any]:
    checks = (graph.checks[key] for key in graph.checks_of.get(unique_id, ()))
    return [check for check in checks if check.test_name == "unique" and check.column]


# --------------------------------------------------------------------------- what


def inherited(
    graph: AssetGraph, columns: ColumnGraph, unique_id: str, root: Path
) -> dict[str, str]:
    """The descriptions of columns that are passed through, as the YAML upstream has them.

    Returns:
        Name in lower case → text with its Jinja; columns without one are left out.
    """
    traced = columns.assets.get(unique_id)
    files: dict[str, str] = {}
    found = {}
    for column in traced.columns if traced else ():
        text = _description(graph, columns, ColumnRef(unique_id, column.name), root, files)
        if text:
            found[column.name] = text
    return found


def _description(
    graph: AssetGraph, columns: ColumnGraph, ref: ColumnRef, root: Path, files: dict[str, str]
) -> str:
    seen = {ref}
    while (column := columns.column(ref)) is not None:
        if column.kind != PASS_THROUGH or len(column.sources) != 1:
            return ""
        ref = column.sources[0]
        if ref in seen or ref.asset not in graph.assets:
            return ""
        seen.add(ref)
        if text := _declared(graph.assets[ref.asset], ref.column, root, files):
            return text
    return ""


def _declared(asset: Asset, column: str, root: Path, files: dict[str, str]) -> str:
    """The description of a column in the file of its asset."""
    path = asset.path if asset.resource_type == "source" else asset.patch_path
    if not path or asset.resource_type not in SECTIONS:
        return ""
    try:
        if path not in files:
            files[path] = read_text(root / path) or ""
        file = root_of(files[path].removeprefix("\ufeff"))
        entry = file and entry_of(file, asset.resource_type, described_name(asset))
        version = entry and asset.version and version_of(entry, asset.version)
        found = (version and column_of(version, column)) or (entry and column_of(entry, column))
    except ProjectError:
        return ""
    return found.text("description").strip() if found else ""


def type_words(kind: str) -> str:
    """A type as YAML usually has it."""
    return kind if '"' in kind or "'" in kind else kind.lower()


def _takes_arguments(version: str) -> bool:
    """Whether this dbt has the arguments of a test under `arguments`."""
    parts = version.split(".")
    try:
        return (int(parts[0]), int(parts[1])) >= (1, 11)
    except (ValueError, IndexError):
        return False
