"""Follows the active runs, whoever started them: this window, another, a script.

Reads each run's event log as it grows, a bounded slice at a time, and tells when its process is
gone. What it reports is what was recorded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.protocol.processes import is_alive
from tui.protocol.run_exits import exit_words, is_noted
from tui.runs.event_reader import last_written
from tui.runs.log import RunLog
from tui.runs.values import Run

INTERVAL = 1 / 30
"""Seconds between two looks at a log that has just begun,"""
YOUNG = 2.0
"""which it has for so many seconds;"""
LATER_INTERVAL = 1 / 4
"""seconds between two looks at it afterwards."""
LIVENESS_INTERVAL = 0.5
"""Seconds between two looks whether the process lives."""
NOTED_WITHIN = 1.0
"""Seconds that the engine may take to note how a run's process ended. (Where the engine that had
started it is gone, nobody will.)"""

Progress = Callable[[Run, list[Any]], None]


class RunFollower:
    """Follows one run from its first event until it is over."""

    def __init__(self, run: Run, run_dir: Path, on_progress: Progress) -> None:
        self.run = run
        self.log = RunLog(run_dir)
        self._events = run_dir / "events.jsonl"
        self._on_progress = on_progress
        self._look_alive_at = 0.0
        self.is_being_killed = False
        """Whether somebody kills it and will write its last event."""

    async def follow(self) -> Run:
        """Report progress until the run is over; returns it as it ended."""
        self.read()
        began = time.monotonic()
        while self._goes_on():
            pause = INTERVAL if time.monotonic() < began + YOUNG else LATER_INTERVAL
            await asyncio.sleep(0 if not self.log.caught_up else pause)
            self.read()
            if self.log.caught_up and not self._is_alive():
                # The process may have written its last events between our look and its end.
                self.read()
                await self._interrupt()
        while not self.log.caught_up:
            self.read()
            await asyncio.sleep(0)
        return self.run

    def read(self) -> None:
        """Take in what the log has now, at most a slice of it."""
        lines_before = self.log.size
        new = self.log.poll()
        if new:
            self.run = self.run.apply(new)
        if new or self.log.size != lines_before:
            self._on_progress(self.run, new)

    def _goes_on(self) -> bool:
        return self.run.is_active

    async def _interrupt(self) -> None:
        """Take the run for interrupted, once its engine has had the time to note how its process
        ended.
        """
        until = time.monotonic() + NOTED_WITHIN
        run_dir = self._events.parent

        def may_be_noted() -> bool:
            return self.run.is_active and not is_noted(run_dir) and time.monotonic() < until

        while may_be_noted():  # noqa: ASYNC110  another process notes it
            await asyncio.sleep(INTERVAL)
        if self.run.is_active:
            at = last_written(self._events) or time.time()
            self.run = self.run.interrupted(at, exit_words(run_dir))
            self._on_progress(self.run, [])

    def expect_end(self) -> None:
        """The process is said to be gone: look at once instead of at the next turn."""
        self._look_alive_at = 0.0
        self.read()

    def _is_alive(self) -> bool:
        now = time.monotonic()
        if now < self._look_alive_at or not self.run.pid or self.is_being_killed:
            return True
        self._look_alive_at = now + LIVENESS_INTERVAL
        return is_alive(self.run.pid, self.run.process_started)
