"""An engine of a workspace that was forked from the engine that stays, instead of started.

It speaks as one that was started does, on one connection.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.engine_client.resident_engine import connect, connect_or_start, may_attach, wanted_engine
from tui.errors import DbtreeError
from tui.project.engine_command import OF_THE_PROCESS
from tui.project.project import Project
from tui.protocol.private_files import private
from tui.protocol.resident import WORKSPACES, NotPrivate, send_request

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


def attach(
    project: Project,
    opened: Mapping[str, Any],
    environment: Mapping[str, str],
    log: Path,
    *,
    is_started: bool,
) -> AttachedEngine | None:
    """Ask the engine that stays for an engine; None where the workspace is to start its own.

    Args:
        project: what is to be opened.
        opened: as it is opened: the fields of `Open`.
        environment: of the engine.
        log: the file that gets what it prints.
        is_started: whether an engine that stays is started where there is none.
    """
    try:
        if not may_attach(project):
            return None
        wanted = wanted_engine(project, environment)
        connection = (
            connect_or_start(wanted, WORKSPACES)
            if is_started
            else connect(wanted.base(), WORKSPACES)
        )
    except (OSError, NotPrivate, DbtreeError):
        return None
    if connection is None:
        return None
    try:
        _ask(connection, project, opened, environment, log)
    except OSError:
        connection.close()
        return None
    return AttachedEngine(connection)


def _ask(
    connection: socket.socket,
    project: Project,
    opened: Mapping[str, Any],
    environment: Mapping[str, str],
    log: Path,
) -> None:
    mask = os.umask(0)
    os.umask(mask)
    request = {
        "kind": "workspace", "open": {"id": 0, **opened}, "directory": str(project.root),
        "environment": {**environment, **OF_THE_PROCESS}, "umask": mask, "window": os.getpid(),
    }  # fmt: skip
    with open(log, "wb", opener=private) as errors:
        send_request(connection, request, (errors.fileno(),))
