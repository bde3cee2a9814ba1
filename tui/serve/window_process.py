"""A program in a pseudo-terminal of its own, written to and read from by an event loop.

The system hangs up when this process ends, however it ends: the program then leaves as if its
terminal had been closed. So does it when `end` is called.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from tui.serve.browser_messages import Size

CHUNK = 1 << 16
"""Bytes that are handed on at once, at most."""
UNREAD = 5.0
"""Seconds after which what was typed and is not read is dropped: who waits for it for longer does
not hear that the page is closed.
"""
GRACE = 10.0
"""Seconds in which a window is closed whose terminal is gone; then it is killed."""


class WindowProcess:
    """One program and its terminal. `read` and `write` are each called by one task."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int) -> None:
        """Use `start`."""
        self._process = process
        self._terminal = terminal
        self._exit = asyncio.ensure_future(process.wait())

    @classmethod
    async def start(
        cls, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, size: Size
    ) -> Self:
        """Start a program, as the first of a session that has no terminal yet: taking the one that
        is its stdin is up to the program. Raises OSError.
        """
        ours, theirs = os.openpty()
        try:
            os.set_blocking(ours, False)
            _set_size(ours, size)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment),
                cwd=directory, start_new_session=True,
            )  # fmt: skip
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, below 0 by a signal; None before."""
        return self._process.returncode

    async def read(self) -> bytes:
        """What the program wrote; empty once it has ended."""
        loop = asyncio.get_running_loop()
        while True:
            has_ended = self._exit.done()
            if data := self._pending():
                return data
            if has_ended or data is None:
                await asyncio.shield(self._exit)
                return b""
            await self._until(loop.add_reader, loop.remove_reader)

    def _pending(self) -> bytes | None:
        """What can be read at once; None where nobody holds the terminal any more."""
        parts: list[bytes] = []
        length = 0
        while length < CHUNK:
            try:
                data = os.read(self._terminal, CHUNK - length)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno not in (errno.EIO, errno.EBADF):
                    raise
                data = b""
            if not data:
                return b"".join(parts) or None
            parts.append(data)
            length += len(data)
        return b"".join(parts)

    async def write(self, data: bytes) -> None:
        """Type something as fast as the program reads; what it does not read in time is dropped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(UNREAD):
                await self._type(data)

    async def _type(self, data: bytes) -> None:
        loop, left = asyncio.get_running_loop(), memoryview(data)
        while left and not self._exit.done():
            try:
                left = left[os.write(self._terminal, left) :]
            except BlockingIOError:
                await self._until(loop.add_writer, loop.remove_writer)
            except OSError:
                return

    async def _until(self, begin: Callable[..., object], end: Callable[[int], object]) -> None:
        """Wait until the terminal can be read or written, or the program has ended."""
        possible = asyncio.Event()
        begin(self._terminal, possible.set)
        waiting = asyncio.ensure_future(possible.wait())
        try:
            await asyncio.wait((waiting, self._exit), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            end(self._terminal)

    def resize(self, size: Size) -> None:
        """Give the terminal another size, of which the system tells the program."""
        with suppress(OSError):
            _set_size(self._terminal, size)

    async def end(self) -> None:
        """Close the terminal, and wait until the program has left; kill it if it does not.

        Nobody reads or writes any more.
        """
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1
        if not self._exit.done():
            # While it starts it has no terminal that could be taken away.
            self._signal(signal.SIGHUP)
            await asyncio.wait((self._exit,), timeout=GRACE)
        if not self._exit.done():
            self._signal(signal.SIGKILL)
            await asyncio.wait((self._exit,))

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)


def _set_size(terminal: int, size: Size) -> None:
    told = struct.pack("HHHH", size.rows, size.columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, told)
