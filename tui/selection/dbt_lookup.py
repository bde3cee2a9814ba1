"""Selections that only dbt can resolve: the engine is asked criterion by criterion.

Most of a selection is resolved in the UI process (see tui.selection). What needs more than the
graph has (`state:modified`, any `config.…`, a selector of selectors.yml) is asked for, one
criterion at a time, so that such criteria mix with our own (`status:stale,state:modified`) as
dbt's do.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tui.errors import SelectionError
from tui.graph import AssetGraph, AssetStatus
from tui.selection import Criterion, Lookup, Scene, look_up, reached
from tui.selection.dagster import is_dagster

OURS = re.compile(r"(?:^|[\s,+@])(?:status|selector|git):")


def is_ours(text: str) -> bool:
    """Whether a selection is in no language of dbt's: Dagster's forms, `status:`, `git:`."""
    return OURS.search(text) is not None or is_dagster(text)


class SelectableState(Protocol):
    """What a selection is looked up in."""

    @property
    def graph(self) -> AssetGraph:
        """The graph as it is."""

    @property
    def statuses(self) -> Mapping[str, AssetStatus]:
        """The status of every asset."""

    @property
    def changed(self) -> Mapping[str, object]:
        """What the branch changes."""

    @property
    def project_name(self) -> str:
        """The name of the dbt project."""

    @property
    def deferral(self) -> object:
        """What `state:` compares with; another value for another state."""


class DbtSelector(Protocol):
    """Who has dbt resolve a selection."""

    @property
    def state(self) -> SelectableState:
        """What is current."""

    async def select(
        self,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        command: str = "build",
        selector: str = "",
    ) -> frozenset[str]:
        """The unique_ids that dbt selects."""

    async def changed_since(self, name: str) -> frozenset[str]:
        """What differs from a branch, as git says."""


class DbtLookup:
    """Looks selections up, and keeps dbt's answers for as long as the graph stays."""

    def __init__(self, workspace: DbtSelector) -> None:
        self._workspace = workspace
        self._answers: dict[Criterion, frozenset[str]] = {}
        self._about: tuple[object, object, object] = (None, None, None)
        """Of what the answers are: graph, changes of the branch, state that is deferred to."""

    @property
    def scene(self) -> Scene:
        """What is looked at: the graph as it is, with dbt's answers about it."""
        state = self._workspace.state
        about = (state.graph, state.changed, state.deferral)
        if any(now is not then for now, then in zip(about, self._about, strict=True)):
            self._about, self._answers = about, {}
        return Scene(
            state.graph, state.project_name, state.statuses, state.changed.keys(), self._answers
        )

    def look_up(self, text: str) -> Lookup:
        """What a text selects, as far as is known without waiting."""
        return look_up(self.scene, text)

    async def look(self, text: str) -> Lookup:
        """The same, beside the loop where it takes a while."""
        scene = self.scene
        if scene.graph.is_large:
            return await asyncio.to_thread(look_up, scene, text)
        return look_up(scene, text)

    async def ask(self, criteria: Iterable[Criterion]) -> None:
        """Have dbt resolve criteria. Raises SelectionError in dbt's words, or EngineError."""
        scene, answers = self.scene, self._answers
        missing = [criterion for criterion in criteria if criterion not in answers]
        found = await asyncio.gather(*(self._resolve(scene, one) for one in missing))
        answers.update(zip(missing, found, strict=True))

    async def _resolve(self, scene: Scene, criterion: Criterion) -> frozenset[str]:
        if criterion.method == "git":
            return frozenset(
                reached(scene.graph, set(await self._workspace.changed_since(criterion.value)),
                        criterion)
            )  # fmt: skip
        if criterion.method != "selector":
            return await self._workspace.select([criterion.text], command="ls")
        named = await self._workspace.select([], command="ls", selector=criterion.value)
        if not (criterion.parents or criterion.children or criterion.childrens_parents):
            return named
        return frozenset(reached(scene.graph, set(named), criterion))

    async def resolve(self, text: str) -> frozenset[str]:
        """What a text selects: assets and checks. Raises SelectionError, or EngineError."""
        found = await self.look(text)
        while found.asks:  # again, where the graph became another one meanwhile
            await self.ask(found.asks)
            found = await self.look(text)
        if found.problem is not None:
            where = f" (column {found.problem.column + 1} of the selection)"
            raise SelectionError(f"{found.problem.message}{where}")
        return found.selected or frozenset()
