"""An engine of a workspace that was forked from the engine that stays, instead of started.

It speaks as one that was started does, on one connection.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from contextlib import suppress

PATIENCE = 120.0
"""Seconds in which an engine that stays has imported dbt, on a busy machine too."""
LONGEST = 4096
"""Bytes of an answer; longer ones are none."""


class AttachedEngine:
    """One that was asked for: `began` says whether there is one."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.pid = 0
        """Its process, once it has begun."""
        self.returncode: int | None = None

    @property
    def has_answered(self) -> bool:
        """Whether there is more to be read already than that it has begun."""
        try:
            waiting = self.connection.recv(LONGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return False
        return bool(waiting.partition(b"\n")[2])

    async def began(self) -> bool:
        """Wait until it has begun; False where the engine that stays has refused, or is gone."""
        self.connection.setblocking(False)
        with suppress(OSError, ValueError, LookupError, TimeoutError):
            answer = json.loads(await asyncio.wait_for(self._line(), PATIENCE))
            self.pid = int(answer["began"])
            return True
        self.connection.close()
        return False

    async def _line(self) -> bytes:
        """One line, and not a byte of what follows."""
        loop, line = asyncio.get_running_loop(), b""
        while not line.endswith(b"\n") and len(line) < LONGEST:
            more = await loop.sock_recv(self.connection, 1)
            if not more:
                raise ConnectionResetError
            line += more
        return line

    def poll(self) -> int | None:
        """Nobody waits for the end of what is no child: it sees that its client is gone."""
        return 0

    def wait(self) -> int:
        """As `poll`."""
        return 0

    def kill(self) -> None:
        """End it at once."""
        pid, self.pid = self.pid, 0
        if pid:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
