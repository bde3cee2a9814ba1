"""A keeper: a forked process that has a project open, for the clients that open it so.

Each client gets a process that is forked from it, and in which all is there already. Between two
clients it watches nothing; after one it looks at the files and parses what has changed, so that the
next finds less to do. Whether it is still what a client wants is decided in that client's process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tui.engine.compile.background_digests import CompileAhead
from tui.engine.fence.registry import OFFLINE_COMPILATION
from tui.engine.process.capture import Capture
from tui.engine.process.forked import close_all_but
from tui.engine.resident.client_process import be_engine, become_engine
from tui.engine.resident.facts import Facts
from tui.engine.resident.loop import Waiting, thread_count
from tui.engine.resident.sources import Sources
from tui.engine.server.graph_reports import Reports
from tui.engine.server.idle_work import Idling
from tui.engine.server.open_project import LASTING, OpenProject
from tui.protocol.messages import Open

QUIET = 0.3
"""Seconds after a client came in which nothing is done for the next."""
LONGEST = 60
"""Seconds that a look at the files may take: a macro may never end."""
LARGEST = 4096
"""Bytes of what a keeper is told at once."""


class _Nobody:
    """A channel without anybody at its other end."""

    def send(self, message: Any) -> None:
        """Tell nobody."""

    def waiting(self) -> None:
        """Nothing is asked."""


def start_keeper(facts: Facts, request: Mapping[str, Any]) -> tuple[int, socket.socket]:
    """Fork one for what a client wanted. Returns its process id, and the socket to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        try:
            close_all_but(theirs.fileno())
            log = os.open(os.devnull, os.O_WRONLY)
            become_engine(request, log, facts.program, theirs.fileno())
            Keeper(facts, theirs).live(request)
        finally:
            os._exit(0)
    theirs.close()
    return pid, ours


def hand_over(keeper: socket.socket, request: Mapping[str, Any], *fds: int) -> None:
    """Give a client to a keeper: its connection and its log. Raises OSError."""
    with tempfile.TemporaryFile() as body:  # an environment may be larger than a message
        body.write(json.dumps(request).encode("utf-8", "surrogatepass"))
        body.flush()
        socket.send_fds(keeper, [b"client"], [*fds, body.fileno()])


class Keeper:
    """Its side: open the project, serve, end when it is told to or cannot go on."""

    def __init__(self, facts: Facts, control: socket.socket) -> None:
        self._facts, self._control = facts, control
        self._waiting = Waiting()
        capture = Capture()
        self._reports = Reports(_Nobody(), capture)  # type: ignore[arg-type]
        self._idling = Idling(_nothing, capture.flush)
        self._project = OpenProject(_Nobody(), self._reports, self._idling.expect)  # type: ignore[arg-type]
        self._ahead = CompileAhead()
        self._clients: set[int] = set()
        self._sources: Sources | None = None
        self._is_behind = False
        self._busy_at = 0.0

    def live(self, request: Mapping[str, Any]) -> None:
        """From the opening to the end."""
        signal.alarm(LONGEST * 10)
        why = self._project.open_to_keep(Open(**request["open"]))
        signal.alarm(0)
        if not why and thread_count() > 1:
            why = LASTING
        if why:
            self._say({"unfit": why, "lasting": why == LASTING})
            return
        assert self._project.warm is not None
        self._project.warm.is_saved = True  # whoever parses something for a client writes it
        self._project.name_graph()
        self._sources = Sources()
        self._say({"ready": os.getpid()})
        while self._serve():
            pass
        self._ahead.stop()

    def _serve(self) -> bool:
        """One turn; whether there is another one."""
        fds = [self._control.fileno(), *([self._ahead.fd] if self._ahead.fd >= 0 else [])]
        ready = self._waiting.until(fds, self._patience())
        self._reap()
        if self._control.fileno() in ready and not self._hear():
            return False
        if self._ahead.fd in ready:
            self._take_compiled()
        if time.monotonic() - self._busy_at < QUIET or ready:
            return True
        return self._work()

    def _patience(self) -> float | None:
        warm = self._project.warm
        has_work = (
            self._is_behind
            or self._idling.has_chores
            or (warm is not None and bool(warm.to_compile) and self._ahead.fd < 0)
        )
        if not has_work:
            return None
        return max(0.0, QUIET - (time.monotonic() - self._busy_at))

    def _work(self) -> bool:
        """Something for the next client; whether this keeper can go on."""
        warm = self._project.warm
        assert warm is not None
        if self._is_behind:
            self._ahead.stop()
            signal.alarm(LONGEST)
            is_current = self._project.catch_up()
            self._project.name_graph()
            signal.alarm(0)
            warm.is_saved, self._is_behind = True, False
            if not is_current:
                self._say({"over": True})
            return is_current
        if self._idling.has_chores:
            self._idling.work(warm)
        elif warm.to_compile and self._ahead.fd < 0:
            if OFFLINE_COMPILATION.use() is None:
                warm.to_compile = set()
            else:
                self._ahead.expect(sorted(warm.to_compile))
                self._ahead.start(warm)
        return True

    def _take_compiled(self) -> None:
        warm = self._project.warm
        assert warm is not None
        found = self._ahead.take()
        warm.compiled |= found.compiled
        warm.to_compile = warm.to_compile & self._ahead.pending.keys()

    # -- clients -------------------------------------------------------------------

    def _hear(self) -> bool:
        """Take a client, or hear that no other will come; whether to go on."""
        try:
            said, fds, _, _ = socket.recv_fds(self._control, LARGEST, 3)
        except OSError:
            return False
        if said != b"client" or len(fds) != 3:
            return False
        connection, log, body = fds
        try:
            with os.fdopen(body, "rb") as file:
                file.seek(0)
                request = json.loads(file.read().decode("utf-8", "surrogatepass"))
            if self._sources is not None and self._sources.changed():
                return False  # the client finds its connection closed
            self._fork(request, connection, log)
        finally:
            os.close(connection)
            os.close(log)
        self._is_behind, self._busy_at = True, time.monotonic()
        return True

    def _fork(self, request: Mapping[str, Any], connection: int, log: int) -> None:
        gc.freeze()
        with suppress(OSError):  # no process can be had
            pid = os.fork()
            if pid == 0:
                peer = socket.socket(fileno=connection)
                be_engine(request, peer, log, self._facts.program, self._project)
            self._clients.add(pid)
            self._say({"clients": len(self._clients)})

    def _reap(self) -> None:
        ended = set()
        for pid in self._clients:
            with suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            ended.add(pid)
        if ended:
            self._clients -= ended
            self._say({"clients": len(self._clients)})

    def _say(self, words: Mapping[str, Any]) -> None:
        with suppress(OSError):
            self._control.send(json.dumps(words).encode())


def _nothing() -> None:
    """A keeper writes no cache: the engines of its clients do."""
