"""What the user's functions say, in the run's log under their asset: `context.log` and `print`."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any, NoReturn

from tui.engine.execution.events import LONGEST_TEXT, EventLog

ENCODING = "utf-8"


class _IntoLog(logging.Handler):
    """Writes a logger's records into the run's log."""

    def __init__(self, log: EventLog, unique_id: str) -> None:
        super().__init__()
        self._log = log
        self._unique_id = unique_id

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "info"
        if logging.WARNING <= record.levelno < logging.ERROR:
            level = "warn"
        elif record.levelno < logging.INFO:
            level = "debug"
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self._log.say(level, self._log.clean(text), self._unique_id, "Definitions")


def logger_of(log: EventLog, unique_id: str = "") -> logging.Logger:
    """A logger whose lines are in the run's log, as those of a node."""
    logger = logging.Logger(f"dbtree.{unique_id or 'definitions'}", logging.DEBUG)
    logger.addHandler(_IntoLog(log, unique_id))
    return logger


class _Lines(io.BufferedIOBase):
    """Bytes that somebody prints, as lines in the run's log. What is no text is escaped."""

    name = "<stdout>"
    mode = "wb"

    def __init__(self, log: EventLog, unique_id: str) -> None:
        self._log = log
        self._unique_id = unique_id
        self._rest = b""
        self._is_cut = False
        """Whether the line that goes on is too long, and its beginning is written."""
        self._lock = threading.RLock()
        self.encoding = ENCODING
        """What the bytes are read as."""

    @property
    def raw(self) -> _Lines:
        """Nothing is kept back above it."""
        return self

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Where commands write that are given this as their output: the run's own file."""
        return 1

    def write(self, data: Any, /) -> int:
        told = bytes(data)
        with self._lock:
            *lines, self._rest = (self._rest + told).split(self._line_end())
            for line in lines:
                if line or not self._is_cut:
                    self._say(line)
                self._is_cut = False
            if len(self._rest) > LONGEST_TEXT:
                self.end()
                self._is_cut = True
        return len(told)

    def end(self) -> None:
        """Write the last line, which has no end."""
        with self._lock:
            if self._rest:
                self._say(self._rest)
            self._rest = b""

    def _line_end(self) -> bytes:
        return "\n".encode(self.encoding) if self.encoding != ENCODING else b"\n"

    def _say(self, line: bytes) -> None:
        text = line.decode(self.encoding, "backslashreplace")
        self._log.say("info", self._log.clean(text), self._unique_id, "Printed")


class _Printed(io.TextIOWrapper):
    """A standard output whose lines are in the run's log, as those of a node.

    It is what a standard output is: libraries write bytes into its buffer, ask for its encoding,
    and hand its descriptor to the commands that they start.
    """

    def __init__(self, lines: _Lines) -> None:
        super().__init__(lines, ENCODING, "backslashreplace", newline="\n", write_through=True)
        self._lines = lines

    def reconfigure(self, **changes: Any) -> None:
        """As of any stream of text; lines are read in the encoding in which they are written."""
        self._lines.end()
        super().reconfigure(**{**changes, "newline": "\n", "write_through": True})
        self._lines.encoding = self.encoding


@contextmanager
def printing_into(log: EventLog, unique_id: str) -> Iterator[None]:
    """What is printed inside is in the run's log, as lines of a node.

    A process that the user's code forks and that comes out of here has nothing to do after it.
    """
    lines, process = _Lines(log, unique_id), os.getpid()
    try:
        with redirect_stdout(_Printed(lines)):
            yield
    except BaseException:
        if os.getpid() != process:
            _leave(lines, 1)
        raise
    finally:
        lines.end()
        if os.getpid() != process:
            _leave(lines, 0)


def _leave(lines: _Lines, code: int) -> NoReturn:
    """End a forked process that has come back from the user's function."""
    lines.end()
    if code:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


@contextmanager
def printing_beside() -> Iterator[None]:
    """What is printed inside is not in the run's log: what prints has its lines there already."""
    with redirect_stdout(sys.__stdout__):
        yield
