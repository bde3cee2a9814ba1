"""A log file that is written to without giving up the interpreter at each line.

A handler of `logging` asks for the size of its file and flushes it for each line. Both are calls
of the system, for which a thread gives up the interpreter's lock, and then waits for it behind
dbt's other threads: of a run of 500 models they took a quarter of the processor's time. Here lines
are flushed within a twentieth of a second, by a thread of their own.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from logging.handlers import RotatingFileHandler
from typing import Any
from weakref import WeakKeyDictionary

FLUSH_INTERVAL = 0.05
"""Seconds for which a line is kept back at most."""
ROOM = 1024
"""Bytes that are left in a log file, for what is added to a line."""
LONGEST_UNSEEN = 256 * 1024
"""Bytes that are written before the size of the file is asked for again: others may write too."""


class LogFile:
    """What is written to the file of one handler."""

    def __init__(self, handler: RotatingFileHandler) -> None:
        """Nothing is asked of the handler yet; it stays the one to open and rotate its file."""
        self._handler = handler
        self._stream: Any = None
        self._room = 0
        self._is_kept = False
        """Whether something is not flushed yet."""

    def write(self, line: str) -> bool:
        """Write a line as the handler would; False where the handler is to do it: the file is not
        open, or about to be full.
        """
        handler, most = self._handler, 4 * len(line)
        handler.acquire()
        try:
            stream: Any = handler.stream
            if stream is None or not self._has_room(stream, most):
                return False
            self._room -= most
            stream.write(line + handler.terminator)
            self._is_kept = True
        except Exception:  # noqa: BLE001 - as the handler does it
            handler.handleError(logging.makeLogRecord({"msg": line}))
        finally:
            handler.release()
        return True

    def flush(self) -> None:
        """Write to the system what was kept back."""
        if not self._is_kept:
            return
        self._handler.acquire()
        try:
            self._is_kept = False
            if self._handler.stream is not None:
                self._handler.stream.flush()
        except Exception:  # noqa: BLE001 - as the handler does it
            self._handler.handleError(logging.makeLogRecord({"msg": ""}))
        finally:
            self._handler.release()

    def _has_room(self, stream: Any, needed: int) -> bool:
        if stream is self._stream and needed <= self._room:
            return True
        stream.flush()
        left = self._handler.maxBytes - os.fstat(stream.fileno()).st_size - ROOM
        self._stream, self._room = stream, min(left, max(LONGEST_UNSEEN, needed))
        return needed <= left


class _Files:
    """All log files of this process, and the thread that flushes them."""

    def __init__(self) -> None:
        self._files: WeakKeyDictionary[RotatingFileHandler, LogFile] = WeakKeyDictionary()
        self._is_kept = threading.Event()
        self._flushing: threading.Thread | None = None

    def write(self, handler: RotatingFileHandler, line: str) -> bool:
        file = self._files.get(handler)
        if file is None:
            file = self._files.setdefault(handler, LogFile(handler))
        if not file.write(line):
            return False
        if self._flushing is None:
            self._flushing = threading.Thread(target=self._keep_flushing, daemon=True)
            self._flushing.start()
        if not self._is_kept.is_set():
            self._is_kept.set()
        return True

    def flush(self) -> None:
        for file in list(self._files.values()):
            file.flush()

    def _keep_flushing(self) -> None:
        while self._is_kept.wait():
            time.sleep(FLUSH_INTERVAL)
            self._is_kept.clear()
            self.flush()


_files = _Files()


def write_to_log(handler: RotatingFileHandler, line: str) -> bool:
    """Write a line to the file of this handler soon; False where the handler is to do it."""
    return _files.write(handler, line)


def flush_logs() -> None:
    """Write to the system what was kept back of all log files: at the end, and before a fork."""
    _files.flush()


def _begin_anew() -> None:
    """In a forked process: no thread flushes here, and nothing was kept back."""
    global _files  # noqa: PLW0603 - one for each process
    _files = _Files()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=flush_logs, after_in_child=_begin_anew)
