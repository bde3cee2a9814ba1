"""Frames that come seldom while only a run asks for them.

Textual paints each change within 1/60 s. A run changes something all the time, and each frame of
it takes the processor from the run: here `FramePacing` says how long the next frame has time.

Checked with Textual 8.2. Without it every change is painted within 1/60 s.
"""

from __future__ import annotations

import time

from textual.screen import Screen
from textual.timer import Timer

from tui.ui.frame_pacing import FramePacing
from tui.ui.textual_patches.registry import PACED_FRAMES


class PacedFrames(Screen[None]):
    """A screen that is painted when its pacing says so."""

    painted_at = 0.0
    """When it was painted last, by the monotonic clock."""
    _postponed: Timer | None = None

    @property
    def frame_pacing(self) -> FramePacing:
        """What says when the next frame is due."""
        raise NotImplementedError

    def _compositor_refresh(self) -> None:
        self.painted_at = time.monotonic()
        super()._compositor_refresh()

    def _on_timer_update(self) -> None:
        """Paint what is to be painted: at once, unless only a run asks for it: then with the
        next state, or after the time of a calm frame.
        """
        wait = self.frame_pacing.until_frame(self.painted_at) if PACED_FRAMES.on else 0.0
        if wait <= 0:
            self._paint()
            return
        self._update_timer.pause()
        if self._postponed is None:
            self._postponed = self.set_timer(wait, self._paint_postponed)

    def _paint_postponed(self) -> None:
        self._postponed = None
        self._paint()

    def _paint(self) -> None:
        with self.frame_pacing.painting():
            super()._on_timer_update()
