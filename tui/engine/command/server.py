"""The request loop of the engine that drives a command: nothing in it waits for dbt.

Parses and queries are invocations in the background, each in its lane; the loop wakes when a child
has ended, and reports what came of it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.engine.command.database_access import DatabaseAccess
from tui.engine.command.invocations import PARSE, DbtCommand, Ended, Invocation, Job, Lane
from tui.engine.command.launcher import Launcher
from tui.engine.command.manifest_file import ManifestUnreadable, read_manifest
from tui.engine.command.open_project import OpenedProject, Shown
from tui.engine.command.problems import problems_in, warnings_in
from tui.engine.command.project_files import ProjectFiles
from tui.engine.command.project_report import engine_ready, refusal
from tui.engine.command.provisional import edited
from tui.engine.command.queries import Queries
from tui.engine.command.state_parses import prepare_state
from tui.engine.command.typed_queries import TYPED, TypedQueries
from tui.engine.parse.provisional import provisional_assets
from tui.engine.process.capture import Capture
from tui.engine.process.channel import Channel, PeerGone
from tui.engine.process.secrets import hidden_in, scrubber
from tui.engine.records.parse_outcome import Parsed
from tui.engine.server.graph_reports import Reports
from tui.engine.server.window_watch import LOOK_AGAIN, Window
from tui.protocol.frames import BrokenStream
from tui.protocol.messages import (
    Describe,
    Export,
    FindColumns,
    FindRelations,
    Inspect,
    Open,
    PrepareState,
    Preview,
    ReadCode,
    Refused,
    Reparse,
    Select,
    Shutdown,
    StartRun,
    Stop,
    Stopped,
)
from tui.protocol.records import Problem

QUERY = Describe | Select | Preview | Export | Inspect | FindRelations
PROGRESS = 0.5
"""Seconds between two looks at a parse that goes on."""


OVERTAKEN = 3
"""Parses in a row whose manifest may be another's; then it is taken as it is."""


class Overtaken(Exception):
    """The manifest is that of a parse which an engine before this one had begun."""


class CommandServer:
    """The engine's side of one open project."""

    def __init__(self, read_fd: int, write_fd: int, capture: Capture, window: int = 0) -> None:
        self._channel = Channel(read_fd, write_fd)
        self._window = Window(self._channel, window)
        self._capture = capture
        self._reports = Reports(self._channel, capture)
        self._child_ended = _child_watch()
        self._opened: Open | None = None
        self._command = DbtCommand((), Path())
        self._parses = Lane(self._start)
        self._lookups = Lane(self._start)
        self._queries = Queries(self._access(Path()))
        self._typed = TypedQueries(self._access(Path()))
        self._launcher = Launcher()
        self._project: OpenedProject | None = None
        self._shown = Shown()
        self._problems: list[Problem] = []
        self._pending: list[Reparse] = []
        self._runs: list[StartRun] = []
        """Those that wait for the parse that goes on: what it finds is recorded with them."""
        self._began = 0.0
        self._is_ready = False
        self._overtaken = 0

    # -- the loop --------------------------------------------------------------

    def serve(self) -> int:
        """Answer requests until the UI's end closes or says Shutdown. Returns the exit code."""
        try:
            while True:
                wait = LOOK_AGAIN if self._parses.is_idle else PROGRESS
                request = self._channel.receive(wait, self._child_ended)
                self._reap()
                if isinstance(request, Shutdown) or (request is None and self._window.is_gone):
                    break
                if request is not None:
                    self._answer(request)
                elif not self._parses.is_idle and self._project is None:
                    self._reports.progress(0, 0, "parsing")
                self._reports.output()
        except (PeerGone, BrokenStream):
            pass
        self._parses.end()
        self._lookups.end()
        return 0

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._child_ended, 1 << 10)
        for exited in self._launcher.reap():
            self._channel.send(exited)
        self._parses.poll()
        self._parses.end_hung()
        self._lookups.poll()
        while self._runs and self._parses.is_idle:
            self._answer(self._runs.pop(0))

    def _access(self, state_dir: Path) -> DatabaseAccess:
        return DatabaseAccess(self._command, self._lookups, self._channel.send, state_dir)

    def _start(self, words: Sequence[str]) -> Invocation:
        return Invocation(words, self._command.root, os.environ)

    def _answer(self, request: Any) -> None:
        try:
            if isinstance(request, Open):
                self._open(request)
            elif isinstance(request, Reparse):
                self._reparse(request)
            elif self._project is None:
                self._reports.refused(request.id, self._problems)
            elif isinstance(request, StartRun) and not self._parses.is_idle:
                self._runs.append(request)
            elif isinstance(request, StartRun):
                self._lookups.give_way()
                self._channel.send(self._launcher.start(self._project, self._command, request))
            elif isinstance(request, ReadCode | FindColumns):
                words = "A dbt that is a command compiles only what is looked at."
                self._channel.send(Refused(request.id, words))
            elif isinstance(request, Stop):
                self._channel.send(Stopped(request.id, self._lookups.stop(request.unique_id)))
            elif isinstance(request, TYPED):
                self._lookups.give_way()
                self._typed.ask(self._project, request)
            elif isinstance(request, PrepareState):
                prepare_state(self._command, self._lookups, request, self._send_hidden)
            elif isinstance(request, QUERY):
                if not isinstance(request, FindRelations):
                    self._lookups.give_way()
                self._queries.ask(self._project, request)
            elif not isinstance(request, Shutdown):
                words = "A dbt that is a command cannot do that."
                self._channel.send(Refused(request.id, words, kind="unable"))
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001  the edge of the process: the engine lives on
            text = self._reports.scrub(f"The engine failed: {type(error).__name__}: {error}")
            if isinstance(request, Open | Reparse):
                self._fail([request], [Problem("engine", text)])
            else:
                self._channel.send(Refused(request.id, text))

    def _send_hidden(self, reply: Any) -> None:
        """Send what dbt has answered, without secrets."""
        credentials = self._project.files.credentials if self._project is not None else None
        self._channel.send(hidden_in(reply, credentials))

    # -- opening and parsing -------------------------------------------------------

    def _open(self, request: Open) -> None:
        self._opened = request
        self._command = DbtCommand.of(request)
        self._queries = Queries(self._access(Path(request.state_dir)))
        self._typed = TypedQueries(self._access(Path(request.state_dir)))
        self._reports.progress(0, 0, "parsing")
        is_new = not self._command.own_artifacts(PARSE).joinpath("manifest.json").is_file()
        self._parse()
        if is_new:  # dbt is at work meanwhile
            self._reports.first_look(provisional_assets(self._command.root))

    def _reparse(self, request: Reparse) -> None:
        self._pending.append(request)
        if self._project is not None and not request.full:
            self._show_edits()
        if self._parses.is_idle:
            self._parse()

    def _show_edits(self) -> None:
        """What the saved files say themselves, at once."""
        assert self._project is not None
        paths = {path for request in self._pending for path in request.paths}
        guess = edited(self._project.shown, self._project.files, paths)
        self._change_to(guess)

    def _change_to(self, wanted: Shown) -> None:
        """Have the window show these rows, without an answer to anything."""
        changes = self._shown.changes_to(wanted)
        self._shown = wanted
        if changes:
            self._reports.changed([0], Parsed(changes, 0.0), (), provisional=True)

    def _parse(self) -> None:
        """Have dbt parse; what is asked for from here on waits for the parse after it."""
        requests, self._pending = self._pending, []
        self._began = time.monotonic()
        full = ["--no-partial-parse"] if any(request.full for request in requests) else []
        self._command.share_partial_parse(PARSE)
        words = self._command.own_line(PARSE, "parse", *full)
        self._parses.add(Job(words, lambda ended: self._parsed(requests, ended)))

    def _parsed(self, requests: list[Reparse], ended: Ended) -> None:
        assert self._opened is not None
        files = ProjectFiles(self._opened)
        self._reports.scrub = scrubber(files.credentials)
        try:
            found = self._found(files, requests, ended)
        except Overtaken:
            self._pending = [*requests, *self._pending]
            return self._parse()
        except ManifestUnreadable as error:
            found = [Problem("engine", str(error))]
        except Exception as error:  # noqa: BLE001  a manifest of another dbt may be of any shape
            words = f"dbtree does not understand this manifest: {type(error).__name__}: {error}."
            found = [Problem("engine", words)]
        if isinstance(found, list):
            self._fail(requests or [self._opened], found)
        else:
            self._succeed(requests, found, ended)
        if self._pending:
            self._parse()
        return None

    def _found(
        self, files: ProjectFiles, requests: Sequence[Reparse], ended: Ended
    ) -> OpenedProject | list[Problem]:
        assert self._opened is not None
        if words := refusal(ended, self._command):
            return [Problem("engine", words)]
        saved = {path for request in requests for path in request.paths}
        problems = problems_in(ended.records, str(files.root), saved)
        if problems or not ended.is_good:
            return problems or [Problem("engine", ended.failure(self._command))]
        manifest = read_manifest(self._command.own_artifacts(PARSE) / "manifest.json")
        if manifest.is_of_another(ended.invocation_id) and self._overtaken < OVERTAKEN:
            self._overtaken += 1
            raise Overtaken
        self._overtaken = 0
        state_dir = Path(self._opened.state_dir)
        return OpenedProject(files, manifest, state_dir, before=self._project, saved=saved)

    def _succeed(self, requests: list[Reparse], project: OpenedProject, ended: Ended) -> None:
        elapsed = time.monotonic() - self._began
        is_first, self._project, self._problems = self._project is None, project, []
        beside = self._beside()
        warnings = warnings_in(ended.records)
        if is_first or not self._is_ready:
            self._is_ready = True
            self._channel.send(engine_ready(project, self._command, ended))
        if is_first:
            self._shown = project.shown
            self._reports.graph(
                project.records.assets.values(), project.records.checks.values(),
                project.records.macros, elapsed=elapsed, warnings=warnings, problems=beside,
            )  # fmt: skip
        changes = self._shown.changes_to(project.shown)
        self._shown = project.shown
        numbers = [request.id for request in requests]
        self._reports.changed(numbers, Parsed(changes, elapsed, warnings), beside)

    def _beside(self) -> list[Problem]:
        """What cannot be had with a command, although dbt could parse."""
        assert self._opened is not None
        module = self._opened.definitions_module
        if not module:
            return []
        words = f"{module} is left out: Python definitions need dbt-core, not a dbt command."
        hint = "Give a Python that has dbt-core with --dbt-python."
        return [Problem("definitions", words, hint=hint)]

    def _fail(self, requests: Sequence[Open | Reparse], problems: list[Problem]) -> None:
        """The last good graph stays, and what was guessed since is taken back."""
        if self._project is not None:
            self._change_to(self._project.shown)
        else:
            self._problems = problems
        for request in requests:
            self._reports.failed(0 if isinstance(request, Open) else request.id, problems)


def _child_watch() -> int:
    """A descriptor that has something to read when a child has ended."""
    read_end, write_end = os.pipe()
    for fd in (read_end, write_end):
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    return read_end
