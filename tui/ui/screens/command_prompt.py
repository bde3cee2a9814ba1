"""The `:` line over whatever screen is shown: completes as one types, enter does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from tui.ui.commands import Command
from tui.ui.commands.command_line import NoOrder, Order, Values, complete_order, read_order
from tui.ui.screens.overlay import OverScreen
from tui.ui.widgets.prompt_line import PromptLine


class CommandScreen(OverScreen[Order | None]):
    """Gives what was ordered, or None."""

    def __init__(self, commands: Sequence[Command], values: Values, text: str = "") -> None:
        """A line for these commands; `values` completes their arguments."""
        super().__init__()
        self._commands = commands
        self._values = values
        self._text = text

    def compose(self) -> ComposeResult:
        yield PromptLine(":", placeholder="a command; tab completes", above=True, id="command")

    def on_mount(self) -> None:
        self.query_one(PromptLine).open(self._text)

    @on(PromptLine.Changed)
    def offer(self) -> None:
        """Say how it can go on, or what is wrong with it."""
        line = self.query_one(PromptLine)
        found = complete_order(line.before_cursor, self._commands, self._values)
        order = read_order(line.text, self._commands)
        if not found and isinstance(order, NoOrder) and not order.is_unfinished:
            line.refuse(order.message, order.column, order.length)
        else:
            line.suggest(found)
            if not found and isinstance(order, NoOrder):
                line.hint(order.message)  # more is to come: no error yet

    @on(PromptLine.Closed)
    def end(self, event: PromptLine.Closed) -> None:
        """Enter does it, esc does nothing."""
        if not event.kept:
            self.dismiss(None)
            return
        order = read_order(event.text, self._commands)
        if isinstance(order, NoOrder):
            self.query_one(PromptLine).refuse(order.message, order.column, order.length)
        else:
            self.dismiss(order)
