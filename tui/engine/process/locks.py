"""Locks between runs: for a database that has a single writer, and for a file that all write.

A DuckDB file can be opened by one process. A run takes an exclusive lock on
`<state directory>/locks/<target>.lock` before dbt starts and holds it until its process is gone,
however it goes, and whatever processes it leaves behind. The file says who has it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tui.protocol.private_files import make_private_directory, private

A_LOOK = 0.3
"""Seconds for which somebody may look into the database before a run."""
_WISH = 64
"""Bytes of the word of who wants a turn."""
_HELD: set[int] = set()
"""The descriptors of the locks that this process alone has: one that it forks has none of them."""


def lock_path(state_dir: Path, target: str) -> Path:
    """The lock file of a target."""
    return state_dir / "locks" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', target) or 'target'}.lock"


class LockHeld(Exception):
    """Another run has the lock, and was waited for long enough; the words say which."""


def take_run_lock(
    path: Path, run_id: str, on_wait: Callable[[str], None], seconds: float | None = None
) -> int:
    """Take a target's run lock, waiting for whoever has it.

    Args:
        path: the lock file; it is made, with its directory.
        run_id: written into the file for those who wait.
        on_wait: called once, with who has the lock in words, before waiting.
        seconds: for how long to wait at most; None for ever.

    Returns:
        The open file descriptor, for `release`: the lock is held until then, or until this
        process is gone, whatever processes it leaves behind. Waiting ends early with what a
        signal's handler raises.

    Raises:
        LockHeld: when it was not free in that time.
    """
    make_private_directory(path.parent)
    fd = private(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    hold_alone(fd)
    try:
        # Who only looks into the database has the lock for a moment, which is not worth telling.
        if not (_lock(fd, wait=False) or _lock_within(fd, A_LOOK)):
            on_wait(_holder(fd))
            if seconds is None:
                _lock(fd, wait=True)
            elif not _lock_within(fd, seconds):
                raise LockHeld(_holder(fd))
        with suppress(OSError):  # a full disk: the lock holds, only who has it is not known
            write_holder(fd, run_id)
    except BaseException:
        release(fd)
        raise
    return fd


def hold_alone(fd: int) -> None:
    """Keep a lock to this process: what the user's code forks may outlive it, and would hold it."""
    _HELD.add(fd)


def release(fd: int) -> None:
    """Give a lock back that `hold_alone` keeps, whoever else has its file open, and close it."""
    _HELD.discard(fd)
    _unlock(fd)
    os.close(fd)


def _leave_to_parent() -> None:
    """In a forked child: the locks are its parent's, and to unlock one would take it from it."""
    for fd in _HELD:
        with suppress(OSError):
            os.close(fd)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def share_run_lock(path: Path) -> int | None:
    """Take a target's run lock together with others who only look, without waiting.

    Returns:
        The open file descriptor: the lock is held for as long as it is open. None where a run has
        the lock, or where it cannot be known.
    """
    try:
        make_private_directory(path.parent)
        fd = private(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    except OSError:
        return None
    if _lock(fd, wait=False, shared=True):
        return fd
    os.close(fd)
    return None


def take_turn(path: Path, run_id: str) -> int:
    """Wait for one's turn to do what only the newest need do; who comes later passes it.

    Args:
        path: the lock file; it is made, with its directory.
        run_id: who wants it.

    Returns:
        The open file descriptor: the turn lasts as long as it is open. -1 where somebody came
        later, and is about to do it.
    """
    make_private_directory(path.parent)
    fd = private(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        wish = f"{run_id} {os.getpid()}".ljust(_WISH).encode()
        os.pwrite(fd, wish, 0)
        _lock(fd, wait=True)
        if os.pread(fd, len(wish), 0) == wish:
            return fd
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return -1


def write_holder(fd: int, run_id: str) -> None:
    """Say who has the lock, in one write over all that was there: who waits may read meanwhile."""
    told = json.dumps({"run_id": run_id, "pid": os.getpid()}).encode()
    os.pwrite(fd, told.ljust(os.fstat(fd).st_size), 0)


def _holder(fd: int) -> str:
    try:
        told = json.loads(os.pread(fd, 4096, 0))
        return f"run {told['run_id']} (PID {told['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"


def lock_now(fd: int) -> bool:
    """Lock an open file for this process alone, without waiting; whether it was got."""
    return _lock(fd, wait=False)


def _lock_within(fd: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not (got := _lock(fd, wait=False)) and time.monotonic() < until:
        time.sleep(0.01)
    return got


def _lock(fd: int, *, wait: bool, shared: bool = False) -> bool:
    """Whether the lock was got. Always, where the system has no such locks (Windows)."""
    try:
        import fcntl
    except ImportError:
        return True
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(fd, kind | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _unlock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(fd, fcntl.LOCK_UN)
