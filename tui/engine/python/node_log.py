"""What the user's functions say, in the run's log under their asset: `context.log` and `print`."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from tui.engine.execution.events import EventLog


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


class _Printed(io.TextIOBase):
    """A standard output whose lines are in the run's log, as those of a node."""

    def __init__(self, log: EventLog, unique_id: str) -> None:
        self._log = log
        self._unique_id = unique_id
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._say(line)
        return len(text)

    def end(self) -> None:
        """Write the last line, which has no end."""
        if self._rest:
            self._say(self._rest)
        self._rest = ""

    def _say(self, line: str) -> None:
        self._log.say("info", self._log.clean(line), self._unique_id, "Printed")


@contextmanager
def printing_into(log: EventLog, unique_id: str) -> Iterator[None]:
    """What is printed inside is in the run's log, as lines of a node."""
    printed = _Printed(log, unique_id)
    try:
        with redirect_stdout(printed):
            yield
    finally:
        printed.end()
