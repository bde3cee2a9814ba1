"""One dbt command at the engine that stays: the client's side.

The client stays in the foreground of its terminal: it sends its streams and its place, passes the
signals on that it is sent, and ends as the command does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from tui.protocol.resident import answers, send_request

FORWARDED = (
    "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH", "SIGUSR1", "SIGUSR2", "SIGCONT",
)  # fmt: skip
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LOST = 70
"""The exit code where the engine was killed, and the command with it."""


class NotAttached(Exception):
    """The engine did not take the command: nothing was run."""


class AttachedCommand:
    """A command, from its request to its end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pid = 0
        self._waiting: list[int] = []
        self._ending = 0
        """The last signal that was passed on of those that end a process."""

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run it. Returns its exit code, below zero for the signal that ended it.

        Raises NotAttached where the engine refuses or is gone before the command has begun.
        """
        mask = os.umask(0)
        os.umask(mask)
        ignored = [s.name for s in signal.Signals if signal.getsignal(s) == signal.SIG_IGN]
        request = {
            "kind": "command", "arguments": list(arguments), "directory": os.getcwd(),
            "environment": dict(environment), "umask": mask,
            "ignored": [name for name in ignored if name not in ("SIGPIPE", "SIGXFSZ")],
        }  # fmt: skip
        for name in FORWARDED:
            if name not in ignored:
                signal.signal(getattr(signal, name), self._forward)
        signal.signal(signal.SIGTSTP, self._stop)
        try:
            send_request(self._connection, request, (0, 1, 2))
            for answer in answers(self._connection):
                if (code := self._heard(answer)) is not None:
                    return code
        except OSError as error:
            if not self._pid:
                raise NotAttached("the engine is gone") from error
        if not self._pid:
            raise NotAttached("the engine is gone")
        if self._ending:
            return -self._ending
        sys.stderr.write("dbtree: the engine and its dbt command were killed.\n")
        return LOST

    def _heard(self, answer: Mapping[str, Any]) -> int | None:
        if "refused" in answer:
            raise NotAttached(str(answer["refused"]))
        if "began" in answer:
            self._pid = int(answer["began"])
            for number in self._waiting:
                self._send(number)
        return int(answer["exit"]) if "exit" in answer else None

    def _forward(self, number: int, frame: FrameType | None) -> None:
        if self._pid:
            self._send(number)
        else:
            self._waiting.append(number)

    def _send(self, number: int) -> None:
        if number in ENDING:
            self._ending = number
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self._pid, number)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: the command stops first, then this process, until it is continued."""
        if self._pid:
            self._send(signal.SIGSTOP)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._stop)
        if self._pid:
            self._send(signal.SIGCONT)


def end_as(code: int) -> NoReturn:
    """End this process as the command ended: by its exit code, or by the same signal."""
    if code < 0:
        with suppress(OSError, ValueError):
            if -code not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        code = 128 - code
    os._exit(code)
