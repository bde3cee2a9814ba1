"""What a run wrote to its stdout and stderr, line by line, without holding it in memory.

Not parsed: whatever dbt, an adapter or a macro printed. The last line counts even while it is
being written.
"""

from __future__ import annotations

from array import array
from pathlib import Path

from tui.runs.compressed_files import open_log
from tui.runs.event_reader import SLICE
from tui.runs.log import clean

LONGEST = 1024 * 1024
"""Bytes of one line that are read; the rest of a longer one is left out."""


class RawOutput:
    """One stream (`stdout` or `stderr`) of the run in `run_dir`."""

    def __init__(self, run_dir: Path, stream: str) -> None:
        self.path = run_dir / stream
        self._starts = array("Q")
        self._size = 0
        self._in_line = False
        self.caught_up = False
        """Whether the latest poll reached the end of the stream."""

    def poll(self, budget: int = SLICE) -> bool:
        """Take in at most `budget` new bytes; returns whether there were any."""
        try:
            with open_log(self.path) as stream:
                size = stream.seek(0, 2)
                if size < self._size:
                    self._starts, self._size, self._in_line = array("Q"), 0, False
                stream.seek(self._size)
                data = stream.read(budget)
        except OSError:
            self.caught_up = True
            return False
        place = 0
        while place < len(data):
            if not self._in_line:
                self._starts.append(self._size + place)
            end = data.find(b"\n", place)
            self._in_line = end < 0
            place = len(data) if end < 0 else end + 1
        self._size += len(data)
        self.caught_up = self._size >= size
        return bool(data)

    def count(self) -> int:
        """How many lines were taken in."""
        return len(self._starts)

    def lines(self, start: int, stop: int) -> list[str]:
        """The lines from `start` up to `stop`, safe to be put on a screen."""
        start, stop = max(start, 0), min(stop, len(self._starts))
        found = []
        try:
            with open_log(self.path) as stream:
                for place in range(start, stop):
                    stream.seek(self._starts[place])
                    line = stream.readline(LONGEST).rstrip(b"\r\n")
                    found.append(clean(line.decode("utf-8", "replace")))
        except OSError:
            found += [""] * (stop - start - len(found))
        return found
