"""A screen that comes up without doing anything twice.

Until it is first seen, Textual paints a new screen into the void (the frame of a batch is thrown
away), calls what waits for its first frame before there is one, and styles every widget three
times: when it is mounted, when the screen is resumed, and when the classes of its size come.

Checked with Textual 8.2. Without it each of the above is done; what is seen is the same.
"""

from __future__ import annotations

from typing import Any

from textual import on
from textual.events import ScreenResume
from textual.screen import Screen

from tui.ui.textual_patches.registry import FIRST_FRAME


class FirstFrame(Screen[None]):
    """The base of screens; `HORIZONTAL_BREAKPOINTS` and `VERTICAL_BREAKPOINTS` are their own."""

    def __init__(self) -> None:
        self._is_seen = not FIRST_FRAME.on
        super().__init__()
        if not self._is_seen:
            self._classes.update(self._classes_of_size())

    def _classes_of_size(self) -> set[str]:
        """The classes that Textual gives a screen of this size, a moment later."""
        found = set()
        size = self.app.size
        for length, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            for least, name in sorted(breakpoints or (), reverse=True):
                if length >= least:
                    found.add(name)
                    break
        return found

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
        super()._compositor_refresh()

    async def _invoke_and_clear_callbacks(self) -> Any:
        if self._is_seen or not self.app._batch_count:
            await super()._invoke_and_clear_callbacks()
