"""The request loop: one request after the other, in one thread.

No other thread may run when a run is forked, so everything that waits (requests, the end of a
run's process, the quiet in which the cache is written) waits in the one `select` of this loop.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import Any

from tui.engine.compile.background_digests import QUIET, CompileAhead
from tui.engine.process.capture import Capture
from tui.engine.process.channel import Channel, PeerGone
from tui.engine.server.children import Children
from tui.engine.server.graph_reports import Reports
from tui.engine.server.idle_work import Idling
from tui.engine.server.open_project import OpenProject
from tui.engine.server.window_watch import LOOK_AGAIN, Window
from tui.protocol.frames import BrokenStream
from tui.protocol.messages import (
    CodeExpected,
    Describe,
    DiffData,
    DiffStopped,
    DropBaselines,
    EvaluateSensor,
    Export,
    FindColumns,
    FindRelations,
    Inspect,
    Open,
    PrepareState,
    Preview,
    ReadCode,
    RecordExternalRun,
    Refused,
    Reparse,
    Select,
    Shutdown,
    StartRun,
    Stop,
    StopDiff,
    Stopped,
)
from tui.protocol.messages.database import STOPPABLE
from tui.protocol.records import Problem

QUESTIONS = Describe | Select | Preview | Inspect | DropBaselines
"""Requests that are answered at once, in line."""


class Server:
    """The engine's side of one open project."""

    def __init__(
        self,
        read_fd: int,
        write_fd: int,
        capture: Capture,
        *,
        window: int = 0,
        project: OpenProject | None = None,
    ) -> None:
        """`window`: see `Window`; `project`: one that was opened already, to be kept."""
        self._channel = Channel(read_fd, write_fd)
        self._window = Window(self._channel, window)
        self._capture = capture
        self._reports = Reports(self._channel, capture)
        self._has_run = False
        self._idling = Idling(self._save, capture.flush)
        self._ahead = CompileAhead()
        self._is_compiled = True
        """Whether it was told that nothing of the graph is left to be compiled."""
        if project is not None:
            project.move_to(self._channel, self._reports, self._idling.expect)
        self._project = project or OpenProject(self._channel, self._reports, self._idling.expect)
        self._children = Children(self._project, self._channel, self._reports, capture)
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

    def serve(self, first: Open | None = None) -> int:
        """Answer requests until the UI's end closes or says Shutdown. Returns the exit code.

        `first` is answered before anything is received.
        """
        try:
            if first is not None:
                self._answer(first)
            while True:
                patience = self._patience()
                request = self._channel.receive(
                    LOOK_AGAIN if patience is None else patience, *self._wake_fds()
                )
                self._reap()
                if isinstance(request, Shutdown) or (request is None and self._window.is_gone):
                    break
                if request is not None:
                    self._answer(request)
                elif not self._compile_ahead():
                    self._idling.work(self._project.warm)
                self._reports.output()
        except (PeerGone, BrokenStream):
            pass
        self._children.end()
        self._ahead.stop()
        self._idling.end(self._project.warm)
        return 0

    def _patience(self) -> float | None:
        """How long to wait for a request before something else is done, in seconds."""
        warm = self._project.warm
        if warm is not None and warm.to_compile:
            if _can_compile_offline():
                self._ahead.expect(sorted(warm.to_compile))
            warm.to_compile = set()
        if warm is not None and not self._is_compiled and not self._ahead.pending:
            self._is_compiled = True
            self._reports.compiled({}, {}, 0)
        patience = self._idling.patience(warm, is_running=self._is_running())
        if self._may_compile_ahead() and (patience is None or patience > QUIET):
            return QUIET
        return patience

    def _may_compile_ahead(self) -> bool:
        return (
            self._project.warm is not None
            and self._ahead.wants_to_start()
            and not self._idling.has_chores
            and not self._is_running()
        )

    def _compile_ahead(self) -> bool:
        """Whether something was done for what is compiled in the background."""
        warm, ahead = self._project.warm, self._ahead
        if warm is None:
            return False
        if ahead.fd >= 0:
            if not select.select([ahead.fd], [], [], 0)[0]:
                return False
            found = ahead.take()
        elif not self._may_compile_ahead():
            return False
        elif warm.fork:
            self._capture.flush()
            ahead.start(warm)
            return True
        else:
            found = ahead.one(warm)
        if found:
            warm.compiled |= found.compiled
            self._is_compiled = not ahead.pending
            self._reports.compiled(found.compiled, found.code, len(ahead.pending))
        return True

    def _is_running(self) -> bool:
        if not self._has_run:
            return False
        from tui.engine.run.launcher import is_any_running

        return is_any_running()

    def _wake_fds(self) -> tuple[int, ...]:
        fds = (*self._children.fds, self._child_ended, self._ahead.fd)
        return tuple(fd for fd in fds if fd >= 0)

    def _answer(self, request: Any) -> None:
        try:
            children = self._children
            children.give_way_to(request)
            if isinstance(request, Open | Reparse | StartRun | ReadCode):
                self._ahead.stop()
            if isinstance(request, Open | Reparse):
                self._is_compiled = False
            if isinstance(request, StartRun):
                self._start_run(request)
            elif isinstance(request, Stop):
                self._channel.send(Stopped(request.id, children.stop(request.unique_id)))
            elif isinstance(request, DiffData):
                children.begin_diff(request)
            elif children.can_answer(request):
                children.answer(request)
            elif isinstance(request, Export | STOPPABLE):
                self._look_up(request)
            else:
                with self._window.working():
                    self._work(request)
        except PeerGone:
            raise
        except Exception as error:  # noqa: BLE001  the edge of the process: the engine lives on
            self._report_crash(request, error)

    def _work(self, request: Any) -> None:
        """What is of use only to a window that is there."""
        if isinstance(request, Open):
            self._project.open(request)
        elif isinstance(request, Reparse):
            self._project.reparse(request)
        elif isinstance(request, FindRelations | FindColumns):
            self._children.find_relations(request)
        elif isinstance(request, RecordExternalRun | PrepareState):
            self._children.begin_recording(request)
        elif isinstance(request, ReadCode):
            self._read_code(request)
        elif isinstance(request, EvaluateSensor):
            self._children.evaluate(request)
        elif isinstance(request, StopDiff):
            self._children.stop_diff()
            self._channel.send(DiffStopped(request.id))
        elif isinstance(request, QUESTIONS):
            self._look_up(request)

    def _report_crash(self, request: Any, error: Exception) -> None:
        """Report an unexpected error as the reply to the request that failed."""
        text = self._reports.scrub(f"The engine failed: {type(error).__name__}: {error}")
        if isinstance(request, Open | Reparse):
            number = 0 if isinstance(request, Open) else request.id
            self._project.fail(number, [Problem("engine", text)])
        else:
            self._channel.send(Refused(request.id, text))

    # -- the answers ------------------------------------------------------------------

    def _look_up(self, request: Any) -> None:
        if self._project.warm is None:
            self._reports.refused(request.id, self._project.problems)
            return
        from tui.engine.server.answers import answer

        self._children.send_hidden(answer(self._project.warm, self._project.definitions, request))

    def _read_code(self, request: ReadCode) -> None:
        warm = self._project.warm
        if warm is None:
            self._reports.refused(request.id, self._project.problems)
        elif not _can_compile_offline():
            self._channel.send(Refused(request.id, "This dbt cannot compile without a database."))
        else:
            known = [key for key in request.unique_ids if key in warm.records.assets]
            self._ahead.expect(known, with_code=True)
            self._channel.send(CodeExpected(request.id))

    def _start_run(self, request: StartRun) -> None:
        if self._project.warm is None:
            self._reports.refused(request.id, self._project.problems)
            return
        from tui.engine.run.launcher import start_run

        self._capture.flush()
        self._channel.send(start_run(self._project.warm, request))
        self._has_run = True

    def _reap(self) -> None:
        """Report the runs whose process ended."""
        if self._child_ended >= 0:
            with suppress(BlockingIOError):
                os.read(self._child_ended, 1 << 10)
        self._idling.reap()
        self._children.collect()
        if self._has_run:
            from tui.engine.run.launcher import reap

            for exited in reap():
                self._channel.send(exited)

    def _save(self) -> None:
        self._project.save()


def _can_compile_offline() -> bool:
    # It imports parts of dbt, for which the first look at a project's files does not wait.
    from tui.engine.fence.registry import OFFLINE_COMPILATION

    return OFFLINE_COMPILATION.use() is not None
