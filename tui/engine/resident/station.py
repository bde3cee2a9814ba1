"""Takes clients at the socket and forks their commands; the same in each generation of an engine.

One thread, one `select`: nothing else may run when a command is forked.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tui.engine.resident.command_process import be_command
from tui.protocol.resident import PATIENCE, peer_user, receive_request, send_answer

Learned = Callable[[], Mapping[str, Any]]
CHANGED = "dbt was changed since this engine started"
"""Why a command is refused."""


@dataclass
class Command:
    """One that runs, or whose end was not told yet."""

    connection: socket.socket
    report: int
    """The pipe on which it says what it has learned."""


class Station:
    """The clients and commands of one process of the engine."""

    def __init__(
        self,
        listener: socket.socket | None,
        program: str,
        answer: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        refusal: Callable[[], str],
        learned: Learned,
        prepare: Callable[[], object] = bool,
    ) -> None:
        """Args:
        listener: where clients connect; None: nowhere until it is opened.
        program: the `dbt` that commands are taken for.
        answer: answers what is no command.
        refusal: why a command is not to be run here; empty where it is.
        learned: what a command's process says at its end.
        prepare: called in a command's process before it begins.
        """
        self._listener = listener
        self.is_open = listener is not None
        """Whether clients are accepted here."""
        self.commands: dict[int, Command] = {}
        self.reports: list[dict[str, Any]] = []
        """What commands have learned, to be taken by whoever owns the station."""
        self.printed = b""
        """What the imports of this process had to say to a terminal: each command says it."""
        self.program, self._answer = program, answer
        self._refusal, self.learned, self.prepare = refusal, learned, prepare

    def open(self, listener: socket.socket) -> None:
        """Take clients that connect there."""
        self.close()
        self._listener, self.is_open = listener, True

    def close(self) -> None:
        """Take no clients any more."""
        self.is_open = False
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def fds(self) -> list[int]:
        """What to wait for."""
        found = [command.connection.fileno() for command in self.commands.values()]
        return [*found, *self._open_fds()]

    def _open_fds(self) -> list[int]:
        return [self._listener.fileno()] if self.is_open and self._listener is not None else []

    def work(self, ready: list[int]) -> None:
        """Do what there is to do on these descriptors."""
        for pid, command in list(self.commands.items()):
            if command.connection.fileno() in ready and _is_gone(command.connection):
                # As dbt ends that is killed: nobody is there to whom it could say anything.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                    os.kill(pid, signal.SIGCONT)
        self.reap()
        if any(fd in ready for fd in self._open_fds()):
            self._accept()

    def reap(self) -> None:
        """Tell clients the end of commands that could not tell it, and take their reports."""
        for pid, command in list(self.commands.items()):
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                found, status = pid, 1 << 8
            if not found:
                continue
            del self.commands[pid]
            with suppress(OSError):
                send_answer(command.connection, {"exit": os.waitstatus_to_exitcode(status)})
            command.connection.close()
            with suppress(ValueError, BlockingIOError):
                self.reports.append(json.loads(os.read(command.report, 1 << 16)))
            os.close(command.report)

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.settimeout(PATIENCE)
        try:
            if peer_user(connection) not in (os.getuid(), 0):
                raise OSError("another user")
            request, streams = receive_request(connection)
        except (OSError, ValueError):
            connection.close()
            return
        connection.settimeout(None)
        try:
            if not self._begin(request, streams, connection):
                connection.close()
        except OSError:
            connection.close()
        finally:
            for fd in streams:
                os.close(fd)

    def _begin(
        self, request: Mapping[str, Any], streams: list[int], connection: socket.socket
    ) -> bool:
        """Start a command, or answer what is none; whether the connection is still needed."""
        if request.get("kind") != "command":
            send_answer(connection, self._answer(request))
            return False
        if why := self._refusal():
            send_answer(connection, {"refused": why})
            return False
        report, told = os.pipe()
        gc.freeze()  # a collection in the child would touch, and so copy, every page
        pid = os.fork()
        if pid == 0:
            be_command(request, streams, connection, told, self)
        os.close(told)
        os.set_blocking(report, False)  # what the command has started may still hold it
        self.commands[pid] = Command(connection, report)
        return True


def _is_gone(connection: socket.socket) -> bool:
    """Whether the client at the other end is no more: it says nothing after its request."""
    try:
        return not connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
