"""The engines that stay of this user: which there are, and the end of one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.engine_client.resident_engine import connect
from tui.protocol.resident import LOCK, SOCKET, WORKSPACES, answers, send_request, socket_directory

PATIENCE = 5.0
"""Seconds in which an engine answers: one that makes its next generation goes on answering."""


@dataclass(frozen=True)
class ResidentEngine:
    """One that answers."""

    base: str
    """Its files, without their endings."""
    facts: Mapping[str, Any]
    """`pid`, `root`, `age` and `keep` (seconds), `memory` (bytes), `commands`, `is_warm` (for dbt's
    commands), and how many projects are `kept` open."""

    @property
    def root(self) -> Path:
        return Path(str(self.facts["root"]))


def engines(environment: Mapping[str, str]) -> list[ResidentEngine]:
    """All that answer, the oldest first. Raises NotPrivate and OSError."""
    found = []
    for path in sorted(socket_directory(environment).glob(f"*{SOCKET}")):
        base = str(path).removesuffix(SOCKET)
        facts = _ask(base, "status")
        if facts and "root" in facts:
            found.append(ResidentEngine(base, facts))
    return sorted(found, key=lambda one: -float(one.facts["age"]))


def stop(engine: ResidentEngine) -> bool:
    """Let one end. Whether it has: one with commands waits for them, but takes no others."""
    _ask(engine.base, "stop")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if _is_released(engine.base):
            return True
        time.sleep(0.01)
    return False


def _ask(base: str, kind: str) -> dict[str, Any]:
    connection = connect(base, WORKSPACES)
    if connection is None:
        return {}
    with connection, contextlib.suppress(OSError, ValueError):
        connection.settimeout(PATIENCE)
        send_request(connection, {"kind": kind})
        for answer in answers(connection):
            return answer
    return {}


def _is_released(base: str) -> bool:
    """Whether no engine has the lock of these files."""
    try:
        lock = os.open(base + LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
