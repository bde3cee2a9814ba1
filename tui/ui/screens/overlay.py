"""A screen over another one, which shines through."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.events import Click
from textual.screen import ModalScreen
from textual.visual import VisualType

from tui.ui.textual_patches.dimmed_background import dimmed
from tui.ui.textual_patches.immediate_keys import did_command_of
from tui.ui.textual_patches.top_screen_first import FrontFirst

Answer = TypeVar("Answer")


class OverScreen(ModalScreen[Answer], FrontFirst):
    """A modal screen that gives an answer, once."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Give the answer, and go; a second one (enter, twice) comes too late for anything."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    async def on_click(self, event: Click) -> None:
        """A click beside what is in front is as esc."""
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            event.stop()
            if await did_command_of(self.app, "escape"):
                return
            if not await self.app.run_action("give_up", self):
                self.dismiss()

    def render(self) -> VisualType:  # type: ignore[override]  # as of any widget
        return dimmed(super().render())
