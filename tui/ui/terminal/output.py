"""Where the screen is written to: a terminal that may be gone, or stop reading, at any moment.

Textual gives what it paints to a thread that writes it. That thread dies of the first write to a
closed terminal, and waits for ever on one that nobody reads; then the app waits for the thread.
Here a write that fails is the last one: from there on all is dropped, and nothing waits.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

LOOK_AGAIN = 0.1
"""Seconds after which a write that waits for the terminal looks whether it is still wanted."""
MOST = 1 << 16
"""Characters that are collected before they are written without a flush."""


class TerminalOutput(io.TextIOBase):
    """A file that is written to by one thread, and never raises nor waits in vain."""

    def __init__(self, file: TextIO, on_lost: Callable[[], None]) -> None:
        """Write to a terminal.

        Args:
            file: the terminal, as it was opened by whoever started the program.
            on_lost: is called, by the thread that writes, when the terminal is gone.
        """
        super().__init__()
        self.is_lost = False
        """Whether the terminal is gone: set it, and all that is written is dropped."""
        self._on_lost = on_lost
        self._descriptor = file.fileno()
        self._own = _open_again(self._descriptor)
        self._codec = file.encoding or "utf-8"
        self._parts: list[str] = []
        self._length = 0

    def fileno(self) -> int:
        """The descriptor that was given."""
        return self._descriptor

    def isatty(self) -> bool:
        """It is one."""
        return True

    def write(self, text: str, /) -> int:
        """Collect what is written, until it is flushed or much."""
        self._parts.append(text)
        self._length += len(text)
        if self._length > MOST:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Write what was collected; drop it where the terminal is gone."""
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        if text and not self.is_lost:
            self._send(memoryview(text.encode(self._codec, "replace")))

    def _send(self, data: memoryview) -> None:
        descriptor = self._own if self._own >= 0 else self._descriptor
        try:
            while data and not self.is_lost:
                try:
                    data = data[os.write(descriptor, data) :]
                except BlockingIOError:
                    select.select([], [descriptor], [], LOOK_AGAIN)
        except (OSError, ValueError):
            self.is_lost = True
            self._on_lost()

    def send_at_once(self, text: str) -> None:
        """Write what the terminal takes without waiting, from any thread."""
        if self._own >= 0:
            with suppress(OSError):
                os.write(self._own, text.encode(self._codec, "replace"))

    def close(self) -> None:
        """Close what was opened here; the given file stays open."""
        if self._own >= 0:
            os.close(self._own)
            self._own = -1
        super().close()


def terminal_file() -> TextIO:
    """Standard error, as Textual does, so that stdout stays free; stdout where that is elsewhere.

    Raises OSError where none of them is a terminal.
    """
    for file in (sys.__stderr__, sys.__stdout__):
        if file is not None and not file.closed and file.isatty():
            return file
    raise OSError("no terminal to write to")


def _open_again(descriptor: int) -> int:
    """The same terminal, for writes that do not wait; -1 where it cannot be opened.

    The given descriptor is shared with the shell, which would not like to find it in that mode.
    """
    try:
        name = os.ttyname(descriptor)
        return os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return -1
