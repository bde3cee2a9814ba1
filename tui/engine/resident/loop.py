"""What the processes of an engine that stays have in common: a wait that signals end."""

from __future__ import annotations

import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path


class Waiting:
    """Waits for descriptors, and for the end of children."""

    def __init__(self) -> None:
        self._wake, write_end = os.pipe()
        for fd in (self._wake, write_end):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def until(self, fds: Iterable[int], seconds: float | None) -> list[int]:
        """The descriptors that have something to read; empty after so many seconds, and when a
        child ended.
        """
        ready, _, _ = select.select([self._wake, *fds], [], [], seconds)
        if self._wake in ready:
            with suppress(BlockingIOError):
                os.read(self._wake, 1 << 10)
        return [fd for fd in ready if fd != self._wake]


def printed_by(work: Callable[[], object]) -> bytes:
    """What some work prints to standard error: a process that is forked from here after it would
    have said it, too.
    """
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            work()
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return file.read()


def thread_count() -> int:
    """How many threads this process has: a process of several must not be forked."""
    with suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    import threading

    return threading.active_count()


def resident_memory(pid: int) -> int:
    """Kilobytes of memory that a process has for itself, 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0
