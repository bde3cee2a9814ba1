"""All keys, made from the list of commands: those of the screen below first."""

from __future__ import annotations

from textual.binding import Binding

from tui.ui.screens.command_sheet import CommandSheet


class HelpScreen(CommandSheet):
    """Every command with its keys, on whatever screen; what cannot be done here is dim."""

    BINDINGS = [Binding("f1", "give_up", "Back", show=False)]
    NAME = "Keys"
    PLACEHOLDER = "search for a key or a command"
