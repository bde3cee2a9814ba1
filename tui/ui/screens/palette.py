"""The palette: every command that is available on the screen below."""

from __future__ import annotations

from tui.ui.screens.command_sheet import CommandSheet


class Palette(CommandSheet):
    """What can be done now."""
