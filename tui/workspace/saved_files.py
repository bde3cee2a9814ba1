"""From saved files to requests: an edit is parsed, a look at the sources is taken in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tui.project.project import PROJECT_FILE
from tui.watch.watcher import watch_project
from tui.workspace.source_freshness import SourceFreshness, follow_freshness
from tui.workspace.state import WorkspaceState


class Parser(Protocol):
    """What parses the project, as far as saved files need it."""

    @property
    def state(self) -> WorkspaceState:
        """What is current."""

    def reparse(self, paths: Sequence[str] = ()) -> None:
        """Parse these files (relative to the root) again."""

    def restart_engine(self) -> None:
        """Start a new engine: it reads everything again."""


class SavedFiles:
    """Follows the files of one open project."""

    def __init__(
        self, parser: Parser, take_freshness: Callable[[Mapping[str, SourceFreshness]], None]
    ) -> None:
        """`take_freshness` gets what `dbt source freshness` found, by source."""
        self._parser = parser
        self._take_freshness = take_freshness

    async def follow(self) -> None:
        """Have each edit parsed, until cancelled."""
        parser, engine = self._parser, self._parser.state.engine
        async for changes in watch_project(
            parser.state.project, lambda: parser.state.engine or engine
        ):
            if changes.restart and not self._is_configured_anew(changes.causes):
                parser.restart_engine()
            elif changes.restart:
                parser.reparse((*changes.parse, PROJECT_FILE))
            elif changes.parse:
                parser.reparse(changes.parse)

    def _is_configured_anew(self, causes: Sequence[str]) -> bool:
        """Whether the engine that is there can go on after such an edit: it has imported dbt."""
        state = self._parser.state
        is_command = bool(state.project.interpreter.command)
        return set(causes) == {PROJECT_FILE} and state.phase == "ready" and not is_command

    async def follow_freshness(self) -> None:
        """Notice when `dbt source freshness` has run, wherever it did, until cancelled."""
        async for found in follow_freshness(self._target_directory):
            # A look at some sources says nothing of the others.
            self._take_freshness({**self._parser.state.freshness, **found})

    def _target_directory(self) -> Path:
        state = self._parser.state
        return state.project.root / (state.engine.target_path if state.engine else "target")
