"""The palette of all commands, over the screen that it was called on."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.visual import VisualType

from tui.ui.screens.over import FrontFirst, below_of


class Palette(CommandPalette, FrontFirst):
    """Textual's, with our background."""

    def render(self) -> VisualType:  # type: ignore[override]  # as of any widget
        return below_of(super().render())
