"""Renames of assets and new assets, made from the graph and the files of an open project."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import DbtreeError, ProjectError
from tui.graph import AssetGraph
from tui.protocol.messages import EngineReady
from tui.refactoring.asset_names import consequences, outside, renamed_id, renaming_of
from tui.refactoring.edits import Change, Place
from tui.refactoring.new_asset import Draft, Surroundings
from tui.refactoring.renaming import rename
from tui.workspace.file_edits import is_taken
from tui.workspace.new_asset_places import (
    first_drafts,
    folders_of,
    known_columns,
    surroundings_of,
)
from tui.workspace.project_texts import project_texts
from tui.workspace.properties_proposal import nameable

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi


LOOKED_WITHIN = 4.0
"""Seconds for which the database is asked for the columns of what is read."""


class Refactorings:
    """What can be changed in the project's files with the graph in hand."""

    def __init__(self, workspace: WorkspaceApi) -> None:
        self._workspace = workspace

    async def rename(self, unique_id: str, new: str) -> Change:
        """A new name for an asset, as a change to look at.

        Raises ProjectError where it cannot be renamed, or not to that.
        """
        state = self._workspace.state
        if state.problems:
            raise ProjectError("dbt cannot parse the project now: fix that first, then rename.")
        engine = self._engine()
        return await asyncio.to_thread(
            renamed,
            state.project.root,
            state.graph,
            unique_id,
            new.strip(),
            package=engine.project,
            directories=engine.watched,
            packages=list(engine.packages.values()),
            built=state.history.built.keys(),
        )

    async def surroundings(self, unique_id: str) -> tuple[Surroundings, dict[str, Draft]]:
        """What a new asset that reads this one comes to stand beside, and a first draft of each
        kind. Raises ProjectError where nothing can read it.
        """
        state, engine = self._workspace.state, self._engine()
        root, graph = state.project.root, state.graph
        columns = await self._columns(unique_id)
        folders = await asyncio.to_thread(folders_of, root)
        around = await asyncio.to_thread(
            surroundings_of, root, graph, unique_id, engine, columns, folders
        )
        return around, first_drafts(graph, unique_id, around)

    def _engine(self) -> EngineReady:
        state = self._workspace.state
        if state.engine is None or state.graph.provisional:
            raise ProjectError("dbt has not read the project yet: try again in a moment.")
        return state.engine

    async def _columns(self, unique_id: str) -> list[str]:
        """The columns of an asset: as the database has them, else as far as they are known."""
        workspace = self._workspace
        asset = workspace.state.graph.assets[unique_id]
        if asset.relation and asset.materialized != "ephemeral":
            try:
                found = await asyncio.wait_for(workspace.queries.inspect(unique_id), LOOKED_WITHIN)
            except (DbtreeError, TimeoutError):
                pass
            else:
                if found.is_there and found.columns:
                    return [str(name) for name, *_ in nameable(found.columns)]
        try:
            facts = (await workspace.queries.describe(unique_id)).facts
        except DbtreeError:
            facts = {}
        return known_columns(workspace.state.columns, unique_id, facts)


def renamed(
    root: Path,
    graph: AssetGraph,
    unique_id: str,
    new: str,
    *,
    package: str,
    directories: Collection[str],
    packages: Collection[str] = (),
    built: Collection[str] = (),
) -> Change:
    """A new name for an asset, as a change of the files in a project's directory.

    Args:
        root: the project's directory.
        graph: its graph.
        unique_id: the asset.
        new: its new name.
        package: the project's name.
        directories: where dbt reads, relative to the root.
        packages: directories of packages, relative to the root.
        built: what was built on this target.

    Raises:
        ProjectError: it cannot be renamed, or not to that.
    """
    renaming = renaming_of(graph, unique_id, new, package)
    for path, target in renaming.moves.items():
        if is_taken(root, path, target):
            raise ProjectError(f"{target} exists already.")
    read = project_texts(root, directories, packages)
    title = f"rename {renaming.old} to {new}"
    change = rename(renaming, read.texts, title)
    unread = [Place(path, 0, "it cannot be read as UTF-8, and is not looked at")
              for path in read.unread]  # fmt: skip
    return replace(
        change,
        notes=consequences(graph, unique_id, renaming, built),
        places=[*outside(graph, renaming), *change.places, *unread],
        unique_id=renamed_id(unique_id, renaming),
        was=unique_id,
    )
