"""Keeps one engine alive for a workspace: started, opened, restarted.

A project whose `dbt_project.yml` or profile changed gets a new engine behind the standing screen;
an engine that dies is started again, unless it dies at once again and again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tui.engine_client.attachment import attach, leave_engine, open_fields
from tui.engine_client.engine_process import EngineClient, accepted
from tui.engine_client.listener import EngineListener
from tui.engine_client.report_dispatch import EngineReports, engine_problem
from tui.errors import DbtreeError, EngineError
from tui.graph import Problem
from tui.project.project import Project
from tui.protocol import messages

CRASHES = 3
"""So many ends within CRASH_WINDOW seconds, and the engine is not started again."""
CRASH_WINDOW = 60.0


class EngineSession:
    """The engine of one workspace, over restarts."""

    def __init__(
        self,
        project: Project,
        listener: EngineListener,
        observe: Callable[[type, Mapping[str, Any], asyncio.Future[Any]], None] | None = None,
        *,
        starts_one_that_stays: bool = False,
    ) -> None:
        """`observe` is told of each request with its fields and the future that is its reply.

        The engine is one of its own, or forked from the engine that stays, where there is one.
        With `starts_one_that_stays`, that one is started where there is none.
        """
        self._starts_one_that_stays = starts_one_that_stays
        self._project = project
        self._listener = listener
        self._observe = observe
        self._client: EngineClient | None = None
        self._reports = EngineReports(listener, self._forget_graph)
        self._opened = False
        self._has_launched = False
        """Whether there was an engine: those after it are started here, whatever became of it."""
        self._ends: list[float] = []
        self._opening: asyncio.Future[None] | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._closing = False
        self._leaves_one = False
        self._knows_graph = True
        """Whether an engine may leave out the graph that is kept."""
        self.check_patches = False
        """Whether the engine looks at all of its patches before it says that it is ready."""

    @property
    def pid(self) -> int:
        """The process id of the engine, 0 while there is none."""
        return self._client.pid if self._client else 0

    @property
    def has_answered(self) -> bool:
        """Whether a process that was launched is not opened yet, and has said what it knows."""
        return self._client is not None and not self._opened and self._client.has_answered

    def work_on(self, project: Project) -> None:
        """Open this project from the next start on: the same one, with other settings."""
        self._project = project

    def launch(self) -> None:
        """Start the process, before there is an event loop. Raises DbtreeError."""
        project = self._project
        attached = None
        if not self.check_patches and not self._has_launched:
            is_started = self._starts_one_that_stays
            attached = attach(project, self._open_fields(), is_started=is_started)
        self._has_launched = True
        self._client = EngineClient(
            project.python, project.root, project.state_dir, dotenv=project.dotenv,
            module=project.engine_module, attached=attached,
        )  # fmt: skip

    async def open(self) -> None:
        """Connect to the process (starting it where `launch` has not) and let it parse."""
        try:
            if self._client is None:
                self.launch()
            client = self._client
            assert client is not None
            # Of its own, so that the part of a graph that an engine left behind is never taken in.
            self._reports = EngineReports(self._listener, self._forget_graph)
            self._listener.engine_starting(self._opened)
            await client.connect(self._receive, lambda: self._ended(client))
        except DbtreeError as error:
            self._listener.engine_gone(engine_problem(error))
            return
        self._opened = True
        self._note_opening()
        client.open(**self._open_fields())

    def _open_fields(self) -> dict[str, Any]:
        return open_fields(self._project, check_patches=self.check_patches, knows=self._knows_graph)

    def _forget_graph(self) -> None:
        """The file with the graph of the last time was replaced meanwhile, or is broken."""
        self._knows_graph = False
        self.restart()

    def _note_opening(self) -> None:
        """Let the first parse be observed as every request is, though its answer is a report."""
        self._opening = asyncio.get_running_loop().create_future()
        if self._observe is not None:
            self._observe(messages.Open, {}, self._opening)

    def _receive(self, report: Any) -> None:
        is_parsed = isinstance(report, messages.GraphComplete) and not report.provisional
        if self._opening is not None and not self._opening.done():
            if is_parsed:
                self._opening.set_result(None)
            elif isinstance(report, messages.ParseFailed):
                words = report.problems[0][1] if report.problems else "failed"
                self._opening.set_exception(EngineError(words))
                self._opening.exception()  # nobody has to ask for it
        self._reports.receive(report)

    def ask(self, kind: type, /, **fields: Any) -> asyncio.Future[Any]:
        """Send a request; the future is its reply. Raises EngineError while there is no engine."""
        if self._client is None:
            raise EngineError("the dbt engine is not running")
        reply = self._client.ask(kind, **fields)
        if self._observe is not None:
            self._observe(kind, fields, reply)
        return reply

    async def request(self, kind: type, /, **fields: Any) -> Any:
        """Send a request and wait for its reply. Raises EngineError when it is refused."""
        return accepted(await self.ask(kind, **fields))

    async def reparse(self, paths: Sequence[str], *, full: bool) -> None:
        """Have saved files parsed; what comes of it is reported like every other parse.

        Raises EngineError when there is no engine, or it ends before it answers.
        """
        reports = self._reports
        self._listener.parse_began()
        reports.receive_parse(await self.ask(messages.Reparse, paths=list(paths), full=full))

    def start_run(self, **fields: Any) -> Awaitable[messages.RunForked | messages.Refused]:
        """Ask the engine to fork a run, at once. Raises EngineError as `request` does, but for a
        refusal.
        """
        return self.ask(messages.StartRun, **fields)

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
            self._leaves_one = client.is_own and self._has_parsed
            await client.close(kill=kill)

    @property
    def _has_parsed(self) -> bool:
        opening = self._opening
        return opening is not None and opening.done() and not _failed(opening)

    def leave_one_behind(self) -> None:
        """After `close`: have an engine that stays ready for who opens the project next, where the
        one that has ended could open it.
        """
        if self._leaves_one:
            leave_engine(self._project)

    def _ended(self, client: EngineClient) -> None:
        if self._closing or client is not self._client:
            return
        self._client = None
        client.kill()
        if self._opening is not None:
            self._opening.cancel()
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


def _failed(future: asyncio.Future[None]) -> bool:
    return future.cancelled() or future.exception() is not None
