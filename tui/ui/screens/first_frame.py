"""A screen that comes up without doing anything twice.

Until it is first seen, Textual paints a new screen into the void (the frame of a batch is thrown
away), calls what waits for its first frame before there is one, and styles every widget three
times: when it is mounted, when the screen is resumed, and when the classes of its size come.
"""

from __future__ import annotations

import time
from typing import Any

from textual import on
from textual.events import ScreenResume
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui.ui.textual_patches.compositor import FrugalCompositor


class FirstFrame(Screen[None]):
    """The base of screens; `HORIZONTAL_BREAKPOINTS` and `VERTICAL_BREAKPOINTS` are their own."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Who has the keys. The two widgets paint themselves, and nothing else changes."""

    def __init__(self) -> None:
        self._is_seen = False
        self.painted_at = 0.0
        """When it was painted last, by the monotonic clock."""
        super().__init__()
        self._compositor = FrugalCompositor()
        size = self.app.size
        for length, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            for least, name in sorted(breakpoints or (), reverse=True):
                if length >= least:
                    self._classes.add(name)
                    break

    @on(ScreenResume)
    def keep_styles(self, event: ScreenResume) -> None:
        """All widgets of a new screen were just styled."""
        if not self._is_seen:
            event.refresh_styles = False

    def _compositor_refresh(self) -> None:
        if not self._is_seen and self.app._batch_count:
            self._repaint_required = True
            return
        self._is_seen = True
        self.painted_at = time.monotonic()
        super()._compositor_refresh()

    async def _invoke_and_clear_callbacks(self) -> Any:
        if self._is_seen or not self.app._batch_count:
            await super()._invoke_and_clear_callbacks()
