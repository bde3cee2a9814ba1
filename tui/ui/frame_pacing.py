"""When the screen is painted: at once for who is there, seldom enough for what a run tells.

A run changes something all the time, and each frame of it takes the processor from the run. While
nobody presses a key, frames come so seldom that they take a small share of a core.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FRAME = 1 / 30
"""Seconds between two states that are shown,"""
BUSY_FRAME = 1 / 10
"""while a run goes on (keys come first),"""
CALM_FRAME = 1 / 6
"""and while nobody pressed a key or moved the mouse meanwhile, then also between two frames: at
least these"""
CALMEST_FRAME = 1 / 2
"""and at most these, in between so many that"""
CALM_SHARE = 0.02
"""of a core is what calm frames take."""
LIVELY = 0.5
"""Seconds after which nobody pressed a key."""
WEIGHT = 0.2
"""Of the latest frame in the mean of what frames take."""


class FramePacing:
    """How long to wait before the next state is shown, and the next frame painted."""

    def __init__(self, is_running: Callable[[], bool]) -> None:
        self._is_running = is_running
        self._touched_at = 0.0
        self._shown_at = 0.0
        self._takes = 0.0
        self._taking = 0.0

    def touch(self) -> None:
        """Somebody pressed a key or moved the mouse."""
        self._touched_at = time.monotonic()

    def until_rest(self, seconds: float) -> float:
        """Seconds until nobody has pressed a key for so many; not positive: it is so now."""
        return self._touched_at + seconds - time.monotonic()

    async def rest(self, seconds: float) -> None:
        """Wait until nobody has pressed a key for so long."""
        wait = self.until_rest(seconds)
        while wait > 0:
            await asyncio.sleep(wait)
            wait = self.until_rest(seconds)

    @property
    def is_lively(self) -> bool:
        """Whether somebody is pressing keys."""
        return time.monotonic() < self._touched_at + LIVELY

    @contextmanager
    def showing(self) -> Iterator[None]:
        """A state is handed down to what is shown."""
        self._takes += WEIGHT * (self._taking - self._takes)
        self._taking = 0.0
        self._shown_at = time.monotonic()
        with self.painting():
            yield

    @contextmanager
    def painting(self) -> Iterator[None]:
        """Something is done for a frame."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._taking += time.thread_time() - began

    @property
    def calm_frame(self) -> float:
        """Seconds between two frames while only a run asks for them."""
        return min(max(self._takes / CALM_SHARE, CALM_FRAME), CALMEST_FRAME)

    def until_state(self) -> float:
        """Seconds until the next state is shown; not positive: now."""
        frame = BUSY_FRAME if self._is_running() else FRAME
        now = time.monotonic()
        return max(self._shown_at + frame - now, self._until_calm(self._shown_at, now))

    def until_frame(self, painted_at: float) -> float:
        """Seconds until the next frame is painted; not positive: now.

        Args:
            painted_at: when the last one was, by the monotonic clock.
        """
        if self._shown_at > painted_at:
            return 0.0
        return self._until_calm(painted_at, time.monotonic())

    def _until_calm(self, last: float, now: float) -> float:
        if not self._is_running() or self.is_lively:
            return 0.0
        return last + self.calm_frame - now
