"""The clients that want an engine for their workspace: windows, and commands without a screen.

Each gets a process of its own, forked from a keeper that has the project open as the client wants
it, or else from the first process, which has imported dbt. A keeper is made once such a client has
been there, when nothing else is to be done.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tui.engine.resident.client_process import be_engine, key_of
from tui.engine.resident.facts import Facts
from tui.engine.resident.keeper import LARGEST, hand_over, start_keeper
from tui.protocol.resident import PATIENCE, peer_user, receive_request, send_answer

MOST = 2
"""Keepers of one engine: a project may be open on several targets."""
SETTLED = 5.0
"""Seconds after which a keeper is made although the client that wants it is still there."""


class _Keeper:
    """One as the first process sees it."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.pid, self.control = pid, control
        self.is_ready = False
        self.clients = 0
        self.used = time.monotonic()


class Workspaces:
    """The part of the first process that serves them."""

    def __init__(
        self,
        facts: Facts,
        refusal: Callable[[], str],
        answer: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        """`refusal` says why no client is to be served here, empty where it is; `answer` answers
        who wants something else.
        """
        self._facts, self._refusal, self._answer = facts, refusal, answer
        self.listener = socket.socket(fileno=facts.workspaces)
        self.listener.setblocking(False)
        self.is_open = True
        self._clients: dict[int, str] = {}
        """Those that were forked from here: by process id, what is open."""
        self._keepers: dict[str, _Keeper] = {}
        self._wanted: dict[str, tuple[Mapping[str, Any], float]] = {}
        """What is to be kept, with the request of its last client and when the first one came."""
        self._has_come = False
        self._unfit: set[str] = set()
        self._leaving: list[int] = []
        """Keepers that are about to end."""

    @property
    def clients(self) -> int:
        """How many are there now."""
        return len(self._clients) + sum(keeper.clients for keeper in self._keepers.values())

    @property
    def keepers(self) -> list[int]:
        """The processes that have a project open."""
        return [keeper.pid for keeper in self._keepers.values() if keeper.is_ready]

    @property
    def is_wanting(self) -> bool:
        """Whether there is something to be kept that is not."""
        return self.is_open and bool(self._wanted)

    def fds(self) -> list[int]:
        """What to wait for."""
        found = [keeper.control.fileno() for keeper in self._keepers.values()]
        return [*found, self.listener.fileno()] if self.is_open else found

    def work(self, ready: list[int]) -> bool:
        """Do what there is to do on these descriptors. Whether a client came or left."""
        before, self._has_come = self.clients, False
        for key, keeper in list(self._keepers.items()):
            if keeper.control.fileno() in ready:
                self._hear(key, keeper)
        self._reap()
        if self.is_open and self.listener.fileno() in ready:
            self._accept()
        return self._has_come or self.clients != before

    def keep(self, *, is_idle: bool) -> None:
        """Make a keeper for what was wanted last, where it is time."""
        if any(not keeper.is_ready for keeper in self._keepers.values()):
            return
        now = time.monotonic()
        for key, (request, came) in list(self._wanted.items()):
            if not is_idle and now - came < SETTLED:
                continue
            del self._wanted[key]
            while len(self._keepers) >= MOST:
                oldest = min(self._keepers, key=lambda one: self._keepers[one].used)
                self._drop(oldest)
            with suppress(OSError):
                self._keepers[key] = _Keeper(*start_keeper(self._facts, request))
            return

    def retire(self) -> None:
        """Take no clients any more; those that are there go on."""
        self.is_open = False
        self.listener.close()
        for key in list(self._keepers):
            self._drop(key)

    # -- clients -------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        streams: list[int] = []
        with connection:
            connection.settimeout(PATIENCE)
            with suppress(OSError, ValueError, LookupError, TypeError):
                if peer_user(connection) not in (os.getuid(), 0):
                    return
                request, streams = receive_request(connection)
                if request.get("kind") == "workspace":
                    self._has_come = True
                    self._take(request, connection, streams[0])
                elif request.get("kind") == "keep":
                    self._has_come = True
                    self._want(request)
                else:
                    send_answer(connection, self._answer(request))
            for fd in streams:
                os.close(fd)

    def _take(self, request: Mapping[str, Any], connection: socket.socket, log: int) -> None:
        key = key_of(request)
        keeper = self._keepers.get(key)
        if keeper is not None and keeper.is_ready:
            try:
                hand_over(keeper.control, request, connection.fileno(), log)
            except OSError:
                self._drop(key)
            else:
                keeper.used = time.monotonic()
                return
        if why := self._refusal():
            send_answer(connection, {"refused": why})
            return
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            be_engine(request, connection, log, self._facts.program)
        self._clients[pid] = key
        self._want(request)

    def _want(self, request: Mapping[str, Any]) -> None:
        """Note that a workspace is to be kept, where it can be and is not yet."""
        key = key_of(request)
        if key not in self._keepers and key not in self._unfit and self._may_be_kept(request):
            _, came = self._wanted.get(key, ((), time.monotonic()))
            self._wanted[key] = (request, came)

    @staticmethod
    def _may_be_kept(request: Mapping[str, Any]) -> bool:
        return bool(request["open"].get("fork", True))

    def _reap(self) -> None:
        for pid in list(self._clients):
            if _is_over(pid):
                del self._clients[pid]
        for pid in list(self._leaving):
            if _is_over(pid):
                self._leaving.remove(pid)
        for key, keeper in list(self._keepers.items()):
            if not _is_over(keeper.pid):
                continue
            self._hear(key, keeper)
            keeper.control.close()
            if self._keepers.get(key) is keeper:
                del self._keepers[key]

    # -- keepers -------------------------------------------------------------------

    def _hear(self, key: str, keeper: _Keeper) -> None:
        with suppress(OSError, ValueError):
            while said := keeper.control.recv(LARGEST, socket.MSG_DONTWAIT):
                self._note(key, keeper, json.loads(said))

    def _note(self, key: str, keeper: _Keeper, said: Mapping[str, Any]) -> None:
        if "ready" in said:
            keeper.is_ready = True
        elif "clients" in said:
            keeper.clients = int(said["clients"])
        elif said.get("lasting"):
            self._unfit.add(key)

    def _drop(self, key: str) -> None:
        """Let a keeper end: it goes when it sees this."""
        keeper = self._keepers.pop(key)
        keeper.control.close()
        self._leaving.append(keeper.pid)


def _is_over(pid: int) -> bool:
    """Whether a child has ended."""
    try:
        return bool(os.waitpid(pid, os.WNOHANG)[0])
    except ChildProcessError:
        return True
