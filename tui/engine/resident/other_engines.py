"""The other engines of this user, by their files: those that were killed, those of a project."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from tui.protocol.resident import LOCK, LOG, SOCKET, WORKSPACES

MOST = 4
"""Engines of one project: each environment has its own, and each takes memory."""


def is_one_too_many(base: str, used: float) -> bool:
    """Whether as many engines of the same project as there may be were used after this one. What
    killed engines have left, of any project, is removed on the way.

    Args:
        base: This engine's files, without their endings.
        used: When it was used last, in seconds since the epoch; the others are told.
    """
    with suppress(OSError):
        os.utime(base + LOCK, (used, used))
    project = base.rpartition("-")[0]
    later = 0
    for path in Path(base).parent.glob(f"*{LOCK}"):
        other = str(path).removesuffix(LOCK)
        if other == base or _is_left(other):
            continue
        with suppress(OSError):
            later += other.startswith(f"{project}-") and path.stat().st_mtime > used
    return later >= MOST


def remove_files(base: str) -> None:
    """Remove the files of an engine, by whoever has its lock: the lock is the last."""
    for ending in (SOCKET, WORKSPACES, LOG, LOCK):
        with suppress(OSError):
            os.unlink(base + ending)


def _is_left(base: str) -> bool:
    """Whether the engine of these files is no more; they are removed then."""
    try:
        lock = os.open(base + LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A lock that has just been removed may have been made anew, by another engine.
        if os.fstat(lock).st_ino == os.stat(base + LOCK).st_ino:
            remove_files(base)
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
