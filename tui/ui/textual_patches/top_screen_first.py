"""A screen over another one of which first only that is painted which stands in front.

Textual paints a sheet together with the dimmed screen behind it, which takes longer than a frame
on a large terminal. What stands in front need not wait: the dimmed screen comes with the next
frame.

Checked with Textual 8.2. Without it both are painted together.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from tui.ui.textual_patches.registry import CHANGED_ROWS, FRONT_FIRST


class FrontFirst(Screen[Any]):
    """The base of screens that stand over another one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._is_seen = not FRONT_FIRST.on
        if CHANGED_ROWS.on:
            from tui.ui.textual_patches.compositor import FrugalCompositor

            self._compositor = self._front = FrugalCompositor()

    def _compositor_refresh(self) -> None:
        if self._is_seen or self.app.screen is not self or self.app._batch_count:
            super()._compositor_refresh()
            return
        front = self._front.render_front()
        if front is not None:
            self._is_seen = True
            self.app._display(self, front)
            self.refresh()
