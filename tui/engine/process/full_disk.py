"""Keeps writing when the disk is full: lines that matter are kept until they fit.

A run's record must be whole up to the last line that fitted, and the run must go on. Room is put
aside when a log is opened, and given back when the disk is full: from then on only the facts of the
run are written, not dbt's own lines. What does not fit even so waits in memory for room.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.protocol.events import RESERVE
from tui.protocol.private_files import private

RESERVED = 128 * 1024
"""Bytes put aside: the ends of some hundred nodes."""
LAST_TRIES = 5
LAST_PAUSE = 0.2
"""Seconds between two tries to write the last line."""


class AppendedFile:
    """A file to which whole lines are appended, from any thread and from signal handlers."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it where there is none. Raises OSError."""
        self._fd = private(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        self._reserve = path.with_name(RESERVE)
        self._lock = threading.RLock()
        self._owed: deque[bytes] = deque()
        self._is_torn = False
        self.is_short = False
        """Whether there was no room once: only what matters is written since."""
        self.reason = ""
        """Why, in the system's words."""
        if not self._reserve.exists():
            with suppress(OSError):
                put_room_aside(path.parent)

    def append(self, data: bytes, *, matters: bool) -> None:
        """Append a line. One that matters is written later where there is no room for it now."""
        if not self.is_short:
            left = data
            try:
                while left:
                    left = left[os.write(self._fd, left) :]
                return
            except OSError as error:
                self._run_short(error, torn=len(left) < len(data))
        if matters:
            with self._lock:
                self._owed.append(data)
                self._write_owed()

    def close_room(self) -> None:
        """Write what is owed, trying for a moment, and give back the room that was put aside."""
        for _ in range(LAST_TRIES):
            with self._lock:
                self._write_owed()
                if not self._owed:
                    break
            time.sleep(LAST_PAUSE)
        with suppress(OSError):
            self._reserve.unlink()

    def _run_short(self, error: OSError, *, torn: bool) -> None:
        with self._lock:
            self.is_short = True
            self.reason = self.reason or error.strerror or str(error)
            self._is_torn = self._is_torn or torn
        with suppress(OSError):
            self._reserve.unlink()

    def _write_owed(self) -> None:
        while self._owed:
            # A torn line ends here: an empty one, and garbage, are nothing to a reader.
            data = b"\n" + self._owed[0] if self._is_torn else self._owed[0]
            left = data
            try:
                while left:
                    left = left[os.write(self._fd, left) :]
            except OSError:
                self._is_torn = self._is_torn or len(left) < len(data)
                return
            self._is_torn = False
            self._owed.popleft()


def put_room_aside(run_dir: Path) -> None:
    """Put room aside for the record of a run. Raises OSError where there is none."""
    reserve = run_dir / RESERVE
    try:
        with open(reserve, "wb", opener=private) as file:
            file.write(b"\0" * RESERVED)
    except OSError:
        with suppress(OSError):
            reserve.unlink()
        raise


class LossyFile(io.FileIO):
    """A file descriptor for output that nobody needs: what does not fit is lost in silence."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


def lossy_text(fd: int, kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    """A stream for standard output or error, flushed at each line."""
    raw = io.BufferedWriter(LossyFile(fd, "w", closefd=False))
    return kind(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
