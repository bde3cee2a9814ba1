"""The one list of commands: from it come the bindings, the footer, the palette and the help.

A command belongs to a scope: the screen or the widget that has its action (`action_<id>`, with
underscores). Keys can be remapped by the command's id.
"""

from tui.ui.commands.applicable import (
    bindings_of,
    commands_of,
    conflicts,
    footer_commands,
    of_other_screen,
    reachable,
    without_letters,
)
from tui.ui.commands.catalog import COMMANDS
from tui.ui.commands.command import LABELS, Command, Situation, key_label

__all__ = [
    "COMMANDS",
    "LABELS",
    "Command",
    "Situation",
    "bindings_of",
    "commands_of",
    "conflicts",
    "footer_commands",
    "key_label",
    "of_other_screen",
    "reachable",
    "without_letters",
]  # fmt: skip
