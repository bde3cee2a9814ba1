"""What is printed on file descriptors 1 and 2, caught so that it can be shown.

Into a file and not a pipe: nobody reads while dbt works, a full pipe would stop it for ever, and
a thread that reads must not be there when a run is forked.
"""

from __future__ import annotations

import os
import sys
import tempfile

LARGEST = 256 * 1024
"""Bytes of one stream that are shown at once; of more, the end."""


class CapturedStream:
    """One file descriptor, from now on a file."""

    def __init__(self, fd: int, name: str) -> None:
        self.fd = fd
        self.name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        os.set_inheritable(self._file.fileno(), False)
        self._reopen()
        self._read = 0

    def _reopen(self) -> None:
        os.dup2(self._file.fileno(), self.fd)

    def take(self) -> str:
        """What was printed since the last time."""
        end = os.fstat(self._file.fileno()).st_size
        if end == self._read:
            return ""
        start = max(self._read, end - LARGEST)
        data = os.pread(self._file.fileno(), end - start, start)
        os.ftruncate(self._file.fileno(), 0)
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        self._read = 0
        return data.decode("utf-8", "replace")


class Capture:
    """Both streams of the process, and an empty standard input."""

    def __init__(self) -> None:
        self._null = os.open(os.devnull, os.O_RDWR)
        os.dup2(self._null, 0)
        self._streams = (CapturedStream(1, "stdout"), CapturedStream(2, "stderr"))
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]

    def take(self) -> list[tuple[str, str]]:
        """(stream, text) of all that was printed since the last time."""
        self.flush()
        return [(s.name, text) for s in self._streams if (text := s.take())]

    @staticmethod
    def flush() -> None:
        """Empty Python's own buffers; before a fork, so that the child does not print them."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
