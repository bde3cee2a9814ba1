"""The request loop: one request after the other, in one thread.

No other thread may run when a run is forked, so everything that waits (requests, the end of a
run's process, the quiet in which the cache is written) waits in the one `select` of this loop.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine.capture import Capture
from tui.engine.channel import Channel, PeerGone
from tui.engine.idling import Idling
from tui.protocol.frames import BrokenStream
from tui.protocol.messages import (
    Describe,
    Described,
    Export,
    GraphChanged,
    GraphComplete,
    GraphPart,
    Inspect,
    Open,
    Output,
    ParseFailed,
    ParseProgress,
    Preview,
    Refused,
    Reparse,
    Select,
    Shutdown,
    StartRun,
)
from tui.protocol.records import Problem

if TYPE_CHECKING:
    # dbt is imported while the UI sees the progress: see _open.
    from tui.engine.definitions import Definitions
    from tui.engine.hearing import HeardWarnings
    from tui.engine.parsing import NotParsed, Parsed, WarmProject

ROWS_A_FRAME = 500
"""Rows of a first look in one message."""

TICK = 0.1
"""Seconds between two reports of progress."""


class Server:
    """The engine's side of one open project."""

    def __init__(self, read_fd: int, write_fd: int, capture: Capture) -> None:
        self._channel = Channel(read_fd, write_fd)
        self._capture = capture
        self._opened: Open | None = None
        self._warm: WarmProject | None = None
        self._definitions: Definitions | None = None
        self._heard: HeardWarnings | None = None
        self._scrub: Callable[[str], str] = str
        self._revision = 0
        self._problems: list[Problem] = []
        self._has_run = False
        self._idling = Idling(self._save_all, capture.flush)
        self._last_tick = 0.0
        self._phase, self._phase_began = "", 0.0
        self._child_ended = self._watch_children()

    @staticmethod
    def _watch_children() -> int:
        """A descriptor that has something to read when a child ended, or -1."""
        if not hasattr(signal, "SIGCHLD"):
            return -1
        read_end, write_end = os.pipe()
        for fd in (read_end, write_end):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        return read_end

    # -- the loop --------------------------------------------------------------

    def serve(self) -> int:
        """Answer requests until the UI's end closes or says Shutdown. Returns the exit code."""
        try:
            while True:
                request = self._channel.receive(
                    self._idling.patience(self._warm, is_running=self._is_running()),
                    *self._wake_fds(),
                )
                self._reap()
                if isinstance(request, Shutdown):
                    break
                if request is not None:
                    self._answer(request)
                else:
                    self._idling.work(self._warm)
                self._send_output()
        except (PeerGone, BrokenStream):
            pass
        self._idling.end(self._warm)
        return 0

    def _is_running(self) -> bool:
        if not self._has_run:
            return False
        from tui.engine.starting import is_any_running

        return is_any_running()

    def _wake_fds(self) -> tuple[int, ...]:
        return (self._child_ended,) if self._child_ended >= 0 else ()

    def _answer(self, request: Any) -> None:
        try:
            if isinstance(request, Open):
                self._opened = request
                self._open()
                if self._warm is None:
                    self._fail(0, self._problems)
            elif isinstance(request, Reparse):
                self._reparse(request)
            elif isinstance(request, StartRun):
                self._start_run(request)
            elif isinstance(request, Describe | Select | Preview | Inspect | Export):
                self._look_up(request)
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001  the edge of the process: the engine lives on
            self._report_crash(request, error)

    def _report_crash(self, request: Any, error: Exception) -> None:
        """Something that should not happen, told in the words of the reply that is waited for."""
        text = self._scrub(f"The engine failed: {type(error).__name__}: {error}")
        if isinstance(request, Open | Reparse):
            number = 0 if isinstance(request, Open) else request.id
            self._fail(number, [Problem("engine", text)])
        else:
            self._channel.send(Refused(request.id, text))

    # -- opening -----------------------------------------------------------------

    def _open(self, *, from_nothing: bool = False) -> None:
        """Import dbt, load profile and project, parse all. Reports as it goes, but for what is
        wrong, which is left in `_problems`.
        """
        assert self._opened is not None
        self._progress(0, 0, "importing dbt")
        if self._warm is None and not from_nothing:
            self._send_provisional()
        from tui.engine import loading, shortcuts
        from tui.engine.hearing import HeardWarnings
        from tui.engine.introducing import engine_ready
        from tui.engine.parsing import open_project, settle_memory
        from tui.engine.problems import problems_of
        from tui.engine.secrets import scrubber
        from tui.engine.starting import preload

        self._warm = None
        if not self._opened.shortcuts:
            shortcuts.switch_off("turned off for this project")
        if self._heard is None:
            self._heard = HeardWarnings()
        self._heard.listen()
        self._scrub = scrubber(None)
        root = Path(self._opened.project_dir)
        started = time.perf_counter()
        try:
            loaded = loading.load(self._opened)
            self._scrub = scrubber(loaded.config.credentials)
            self._channel.send(engine_ready(loaded, self._definitions_directory()))
            self._warm, warnings = open_project(
                loaded,
                self._heard,
                self._progress,
                fork=self._opened.fork,
                from_nothing=from_nothing,
            )
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001  whatever dbt raises is the answer
            self._problems = problems_of(error, root)
            return
        self._open_definitions()
        self._send_graph(time.perf_counter() - started, warnings)
        preload()
        settle_memory()
        if self._warm.fork:
            from tui.engine.warming import warm_up

            self._idling.expect(warm_up(self._warm.manifest, loaded.config))

    def _send_provisional(self) -> None:
        """A first look at the files of a project that was never opened, before dbt's import."""
        assert self._opened is not None
        if any(Path(self._opened.state_dir, "cache").glob("*.msgpack")):
            return
        from tui.engine.provisional import provisional_assets

        rows = [list(asset) for asset in provisional_assets(Path(self._opened.project_dir))]
        self._revision += 1
        for start in range(0, len(rows), ROWS_A_FRAME):
            self._channel.send(GraphPart(self._revision, rows[start : start + ROWS_A_FRAME], []))
        self._channel.send(GraphComplete(self._revision, {}, provisional=True))

    def _definitions_directory(self) -> Path | None:
        from tui.engine.defined_at import directory_of, place_of

        assert self._opened is not None
        place = place_of(self._opened)
        return directory_of(place) if place is not None else None

    def _open_definitions(self) -> None:
        from tui.engine.defined_at import place_of

        assert self._warm is not None
        assert self._opened is not None
        place = place_of(self._opened)
        self._definitions = None
        if place is not None:
            from tui.engine.definitions import Definitions

            self._progress(0, 0, f"loading {place.module}")
            self._definitions = Definitions(self._warm, place)
            self._definitions.load()
            self._definitions.update()

    def _send_graph(self, elapsed: float, warnings: list[str]) -> None:
        from tui.engine.records import rows_in_parts

        assert self._warm is not None
        records, defined = self._warm.records, self._definitions
        shown = records if defined is None else defined.overlay
        if defined is not None:
            warnings = [*warnings, *defined.warnings]
        self._revision += 1
        for assets, checks in rows_in_parts(shown.assets.values(), shown.checks.values()):
            self._channel.send(GraphPart(self._revision, assets, checks))
        told = [self._scrub(text) for text in warnings]
        self._channel.send(
            GraphComplete(
                self._revision,
                dict(records.macros),
                elapsed=elapsed,
                warnings=told,
                problems=self._definition_problems(),
            )
        )
        if defined is not None:
            self._channel.send(defined.report())

    def _definition_problems(self) -> list[list[Any]]:
        problems = self._definitions.problems if self._definitions is not None else []
        return [list(p._replace(message=self._scrub(p.message))) for p in problems]

    def _progress(self, done: int, total: int, phase: str) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._phase_began = phase, now
        if now - self._last_tick >= TICK or done == total:
            self._last_tick = now
            pace = (now - self._phase_began) / done if done else 0.0
            self._channel.send(ParseProgress(done, total, phase, round(pace * (total - done), 1)))
            self._send_output()

    # -- parsing again -------------------------------------------------------------

    def _reparse(self, request: Reparse) -> None:
        requests = [request]
        while isinstance(following := self._channel.waiting(), Reparse):
            requests.append(following)
            self._channel.receive(0)
        if self._warm is None or any(item.full for item in requests):
            self._open(from_nothing=any(item.full for item in requests))
            self._answer_all(requests, self._outcome_of_open())
            return
        from tui.engine.loaders import NeedsFullParse
        from tui.engine.parsing import NotParsed

        paths = {path for item in requests for path in item.paths}
        own = {path for path in paths if self._definitions and self._definitions.owns(path)}
        if own and own == paths:
            self._redefine(requests)
            return
        before = (
            self._warm.records.assets
            if self._definitions is None
            else dict(self._warm.records.assets)
        )
        try:
            outcome = self._warm.reparse(paths - own)
        except NeedsFullParse:
            outcome = self._warm.reparse_all(self._progress)
        must_follow = False
        if self._definitions is not None and not isinstance(outcome, NotParsed):
            must_follow = self._definitions.must_follow(outcome.changes, before)
            outcome = self._definitions.after(outcome)
        self._answer_all(requests, outcome)
        if own or must_follow:
            self._redefine([Reparse(0, [])])

    def _redefine(self, requests: list[Reparse]) -> None:
        """Load the definitions anew, and tell what that changed."""
        from tui.engine.parsing import Parsed

        assert self._definitions is not None
        started = time.perf_counter()
        loaded = self._definitions.load()
        changes = self._definitions.update()
        elapsed = time.perf_counter() - started
        self._answer_all(requests, Parsed(changes, elapsed, list(self._definitions.warnings)))
        if loaded:
            self._channel.send(self._definitions.report())

    def _outcome_of_open(self) -> Parsed | NotParsed:
        """What to answer where the whole graph, or what is wrong, was already reported."""
        from tui.engine.parsing import NotParsed, Parsed
        from tui.engine.records import RecordChanges

        return NotParsed(self._problems) if self._warm is None else Parsed(RecordChanges(), 0.0)

    def _answer_all(self, requests: list[Reparse], outcome: Parsed | NotParsed) -> None:
        from tui.engine.parsing import NotParsed
        from tui.engine.records import RecordChanges

        if isinstance(outcome, NotParsed):
            for request in requests:
                self._fail(request.id, outcome.problems)
            return
        changes, warnings = outcome.changes, [self._scrub(text) for text in outcome.warnings]
        if changes:
            self._revision += 1
        for request in requests:
            self._channel.send(
                GraphChanged(
                    id=request.id,
                    revision=self._revision,
                    assets=[list(row) for row in changes.assets],
                    checks=[list(row) for row in changes.checks],
                    removed=changes.removed,
                    macros=changes.macros,
                    elapsed=outcome.elapsed,
                    warnings=warnings,
                    problems=self._definition_problems(),
                )
            )
            # Those that were parsed together with the first have nothing more to tell.
            changes, warnings = RecordChanges(), []

    def _fail(self, number: int, problems: list[Problem]) -> None:
        self._problems = problems
        rows = [list(p._replace(message=self._scrub(p.message))) for p in problems]
        self._channel.send(ParseFailed(number, rows))

    def _refused(self, number: int) -> Refused:
        """Why nothing can be asked or run: what keeps dbt from parsing, where that is known."""
        if not self._problems:
            return Refused(number, "dbt has not parsed this project yet.")
        first = self._problems[0]
        message = " ".join(self._scrub(first.message).split())
        return Refused(number, message, first.path, first.line)

    # -- everything else -------------------------------------------------------------

    def _look_up(self, request: Describe | Select | Preview | Inspect | Export) -> None:
        if self._warm is None:
            self._channel.send(self._refused(request.id))
            return
        from tui.engine.describing import describe
        from tui.engine.exporting import export
        from tui.engine.inspecting import inspect
        from tui.engine.previewing import preview
        from tui.engine.selecting import select

        defined = self._definitions
        if isinstance(request, Describe):
            facts = defined.describe(request.unique_id) if defined is not None else None
            reply = (
                describe(self._warm, request)
                if facts is None
                else Described(request.id, request.unique_id, facts)
            )
            if defined is not None and facts is None and isinstance(reply, Described):
                adjusted = defined.overlay.adjust(request.unique_id, reply.facts)
                reply = replace(reply, facts=adjusted)
            self._channel.send(reply)
        elif isinstance(request, Select):
            self._channel.send(select(self._warm, request))
        elif isinstance(request, Inspect):
            self._channel.send(inspect(self._warm, request))
        elif isinstance(request, Export):
            self._channel.send(export(self._warm, request))
        else:
            self._channel.send(preview(self._warm, request))

    def _start_run(self, request: StartRun) -> None:
        if self._warm is None:
            self._channel.send(self._refused(request.id))
            return
        from tui.engine.starting import start_run

        self._capture.flush()
        self._channel.send(start_run(self._warm, request))
        self._has_run = True

    def _reap(self) -> None:
        """Report the runs whose process ended."""
        if self._child_ended >= 0:
            with suppress(BlockingIOError):
                os.read(self._child_ended, 1 << 10)
        self._idling.reap()
        if self._has_run:
            from tui.engine.starting import reap

            for exited in reap():
                self._channel.send(exited)

    def _send_output(self) -> None:
        for stream, text in self._capture.take():
            self._channel.send(Output(stream, self._scrub(text)))

    def _save_all(self) -> None:
        """Write the manifest where definitions ask for it, and the cache. Raises OSError."""
        assert self._warm is not None
        if self._definitions is not None and self._definitions.wants_manifest:
            self._definitions.write_manifest()
        self._warm.save()
