"""The palette: every command that can be done now, on the screen that it was called on."""

from __future__ import annotations

from tui.ui.screens.command_sheet import CommandSheet


class Palette(CommandSheet):
    """What can be done now."""
