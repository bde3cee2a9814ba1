"""The base of the screens that show the workspace: Textual's `Screen` with the patches for it."""

from __future__ import annotations

from textual.events import Event, Resize

from tui.ui.textual_patches.first_frame import FirstFrame
from tui.ui.textual_patches.paced_frames import PacedFrames
from tui.ui.textual_patches.registry import CHANGED_ROWS


class PatchedScreen(FirstFrame, PacedFrames):
    """A screen that is styled once, and painted in time and row by row."""

    def __init__(self) -> None:
        super().__init__()
        if CHANGED_ROWS.on:
            from tui.ui.textual_patches.compositor import FrugalCompositor

            self._compositor = FrugalCompositor()

    async def on_event(self, event: Event) -> None:
        """Leave a size out that the terminal has no longer: each size that differs from the one
        before is posted once more, so that two of them in the queue would follow each other for
        good.
        """
        if isinstance(event, Resize) and event.size != self.app.size:
            return
        await super().on_event(event)
