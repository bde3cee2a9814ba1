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
from collections import deque
from contextlib import nullcontext
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
        """Let what flushes or closes the handler write what is kept back first. It stays the one to
        open and rotate its file.
        """
        self._handler = handler
        self._stream: Any = None
        self._room = 0
        self._kept: deque[str] = deque()
        """Lines that are not written yet. To add one, no thread waits for another, which may hold
        the handler's lock for as long as a disk takes.
        """
        self._is_writing = False
        handler.flush = self.flush  # type: ignore[method-assign]

    def write(self, line: str) -> None:
        """Keep a line, to be written as the handler would."""
        self._kept.append(line)

    def forget(self) -> None:
        """Write nothing of what is kept back."""
        self._kept.clear()

    def flush(self) -> None:
        """Write to the system what was kept back."""
        with self._handler.lock or nullcontext():
            if not self._is_writing:
                self._is_writing = True
                try:
                    self._write_kept()
                except Exception:  # noqa: BLE001 - as the handler does it
                    self._handler.handleError(logging.makeLogRecord({"msg": ""}))
                finally:
                    self._is_writing = False
            RotatingFileHandler.flush(self._handler)

    def _write_kept(self) -> None:
        handler = self._handler
        while self._kept:
            line = self._kept.popleft()
            stream: Any = handler.stream
            needed = 4 * len(line)
            if stream is None or not self._has_room(stream, needed):
                handler.handle(logging.makeLogRecord({"msg": line}))  # opens it, or rotates
                self._stream = None
                continue
            self._room -= needed
            stream.write(line + handler.terminator)

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
        self._lock = threading.RLock()
        self._is_kept = threading.Event()
        self._flushing: threading.Thread | None = None

    def write(self, handler: RotatingFileHandler, line: str) -> None:
        file = self._files.get(handler)
        if file is None:
            file = self._begun(handler)
        file.write(line)
        if self._flushing is None:
            self._flushing = threading.Thread(target=self._keep_flushing, daemon=True)
            self._flushing.start()
        if not self._is_kept.is_set():
            self._is_kept.set()

    def _begun(self, handler: RotatingFileHandler) -> LogFile:
        with self._lock:
            if handler not in self._files:
                self.flush()  # it may be the next handler of the same file
                self._files[handler] = LogFile(handler)
            return self._files[handler]

    def flush(self) -> None:
        for file in list(self._files.values()):
            file.flush()

    def forget(self) -> None:
        """Leave what is kept back to the process that this one was forked from."""
        for file in list(self._files.values()):
            file.forget()

    def _keep_flushing(self) -> None:
        while self._is_kept.wait():
            time.sleep(FLUSH_INTERVAL)
            self._is_kept.clear()
            self.flush()


_files = _Files()


def write_to_log(handler: RotatingFileHandler, line: str) -> None:
    """Write a line to the file of this handler soon."""
    _files.write(handler, line)


def flush_logs() -> None:
    """Write to the system what was kept back of all log files: at the end, and before a fork."""
    _files.flush()


def _begin_anew() -> None:
    """In a forked process: no thread flushes here, and nothing was kept back."""
    global _files  # noqa: PLW0603 - one for each process
    _files.forget()
    _files = _Files()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=flush_logs, after_in_child=_begin_anew)
