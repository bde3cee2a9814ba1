"""Keeps one engine alive for a workspace: started, opened, restarted, and its reports sorted.

A graph arrives as parts and is put together here; a project whose `dbt_project.yml` or profile
changed gets a new engine while the screen stays open; an engine that dies is restarted, unless it
keeps dying at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any, Protocol

from tui.engine_client.engine_process import EngineClient
from tui.errors import DbtreeError, EngineError
from tui.graph import Asset, AssetGraph, Check, GraphChanges, Problem
from tui.project.project import Project
from tui.protocol import messages

CRASHES = 3
"""So many ends within CRASH_WINDOW seconds, and the engine is not started again."""
CRASH_WINDOW = 60.0


class EngineListener(Protocol):
    """Who wants to know what the engine says."""

    def engine_starting(self, restart: bool) -> None:
        """A process was started."""

    def engine_ready(self, facts: messages.EngineReady) -> None:
        """The engine has imported dbt and read the project's configuration."""

    def parse_progressed(self, progress: messages.ParseProgress) -> None:
        """A long parse went on."""

    def graph_loaded(self, graph: AssetGraph, report: messages.GraphComplete) -> None:
        """A whole graph replaces the one before."""

    def graph_changed(self, changes: GraphChanges, report: messages.GraphChanged) -> None:
        """An edit was parsed."""

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """The project cannot be parsed in its present state."""

    def run_exited(self, run_id: str, code: int) -> None:
        """The process of a run is gone."""

    def definitions_loaded(self, report: messages.DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded again."""

    def output_printed(self, text: str) -> None:
        """dbt, an adapter or a macro printed something while parsing."""

    def engine_gone(self, problem: Problem) -> None:
        """The engine is gone and will not come back."""


class EngineSession:
    """The engine of one workspace, over restarts."""

    def __init__(self, project: Project, listener: EngineListener) -> None:
        self._project = project
        self._listener = listener
        self._client: EngineClient | None = None
        self._opened = False
        self._ends: list[float] = []
        self._assets: dict[str, Asset] = {}
        self._checks: dict[str, Check] = {}
        self._restarting: asyncio.Task[None] | None = None
        self._closing = False
        self.check_patches = False
        """Whether the engine looks at all of its patches before it says that it is ready."""

    @property
    def pid(self) -> int:
        """The process id of the engine, 0 while there is none."""
        return self._client.pid if self._client else 0

    def work_on(self, project: Project) -> None:
        """Open this project from the next start on: the same one, with other settings."""
        self._project = project

    def launch(self) -> None:
        """Start the process, before there is an event loop. Raises DbtreeError."""
        self._client = EngineClient(
            self._project.python,
            self._project.root,
            self._project.state_dir,
            dotenv=self._project.dotenv,
        )

    async def open(self) -> None:
        """Connect to the process (starting it where `launch` has not) and let it parse."""
        try:
            if self._client is None:
                self.launch()
            client = self._client
            assert client is not None
            await client.connect(self._report, lambda: self._ended(client))
        except DbtreeError as error:
            self._listener.engine_gone(
                Problem("engine", error.message, error.path, error.line, error.hint)
            )
            return
        self._listener.engine_starting(self._opened)
        self._opened = True
        project, definitions = self._project, self._project.definitions
        client.open(
            project_dir=str(project.root),
            state_dir=str(project.state_dir),
            profiles_dir=str(project.profiles_dir or ""),
            profile=project.profile if project.settings["profile"].is_set else "",
            target=project.target,
            vars=project.vars,
            threads=project.threads,
            shortcuts=os.environ.get("DBTREE_SHORTCUTS", "1") != "0",
            fork=os.environ.get("DBTREE_FORK", "1") != "0",
            check_patches=self.check_patches,
            definitions_root=str(definitions.root) if definitions else "",
            definitions_module=definitions.module if definitions else "",
        )

    def ask(self, kind: type, /, **fields: Any) -> asyncio.Future[Any]:
        """Send a request; the future is its reply. Raises EngineError while there is no engine."""
        if self._client is None:
            raise EngineError("the dbt engine is not running")
        return self._client.ask(kind, **fields)

    async def request(self, kind: type, /, **fields: Any) -> Any:
        """Send a request and wait for its reply. Raises EngineError when it is refused."""
        if self._client is None:
            raise EngineError("the dbt engine is not running")
        return await self._client.request(kind, **fields)

    def restart(self) -> None:
        """Replace the engine by a new one that reads everything again. Runs go on."""
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart())

    async def _restart(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close(kill=True)
        self._ends.clear()
        await self.open()

    async def close(self, *, kill: bool = False) -> None:
        """End the engine; runs go on."""
        self._closing = True
        if self._restarting is not None:
            self._restarting.cancel()
        client, self._client = self._client, None
        if client is not None:
            await client.close(kill=kill)

    def _ended(self, client: EngineClient) -> None:
        if self._closing or client is not self._client:
            return
        self._client = None
        client.kill()
        now = time.monotonic()
        self._ends = [*(at for at in self._ends if now - at < CRASH_WINDOW), now]
        if len(self._ends) >= CRASHES:
            reason = client.last_words() or "it ended without a message"
            self._listener.engine_gone(
                Problem(
                    "engine",
                    f"the dbt engine keeps ending: {reason}",
                    str(client.errors_path),
                    hint="see the file for its last output; save any file to start it again",
                )
            )
            return
        self._listener.engine_starting(True)
        self._restarting = asyncio.create_task(self.open())

    def _report(self, message: Any) -> None:
        listener = self._listener
        match message:
            case messages.EngineReady():
                listener.engine_ready(message)
            case messages.ParseProgress():
                listener.parse_progressed(message)
            case messages.GraphPart():
                self._assets.update((row[0], Asset.from_row(row)) for row in message.assets)
                self._checks.update((row[0], Check.from_row(row)) for row in message.checks)
            case messages.GraphComplete():
                graph = AssetGraph(
                    self._assets, self._checks, message.macros, provisional=message.provisional
                )
                self._assets, self._checks = {}, {}
                listener.graph_loaded(graph, message)
            case messages.GraphChanged():
                listener.graph_changed(changes_of(message), message)
            case messages.ParseFailed():
                listener.parse_failed(tuple(Problem._make(row) for row in message.problems))
            case messages.DefinitionsLoaded():
                listener.definitions_loaded(message)
            case messages.RunExited():
                listener.run_exited(message.run_id, message.code)
            case messages.Output():
                listener.output_printed(message.text)


def changes_of(message: messages.GraphChanged) -> GraphChanges:
    """The rows of a GraphChanged as values."""
    return GraphChanges(
        tuple(Asset.from_row(row) for row in message.assets),
        tuple(Check.from_row(row) for row in message.checks),
        frozenset(message.removed),
        message.macros,
    )
