"""The commands that the palette and the help list, with a cursor that is on commands only."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.message import Message

from tui.ui.commands import Command
from tui.ui.rows.command_rows import CommandRow, draw_command_row, first_of
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.lines_view import LinesView

STYLES = ("heading", "key", "title", "about", "match", "dim", "on-cursor", "on-cursor-blurred")


class CommandListView(LinesView, can_focus=False):
    """Commands in groups. The keys go to the line above it, which moves the cursor here."""

    PREFIX = "commands"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"commands--{name}" for name in STYLES}

    rows: tuple[CommandRow, ...] = ()

    class Highlighted(Message):
        """The cursor is on another command, or on none."""

        def __init__(self, row: CommandRow | None) -> None:
            super().__init__()
            self.row = row

    class Chosen(Message):
        """The user wants this command."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    def show(self, rows: tuple[CommandRow, ...]) -> None:
        """Show these rows, with the cursor on the first command."""
        self.rows = rows
        self.redraw()
        self.cursor = first_of(rows)
        self.scroll_to(y=0, animate=False, force=True)
        self.cursor_moved()

    @property
    def row(self) -> CommandRow | None:
        """The row under the cursor; None where nothing was found."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def has_keys(self) -> bool:
        return True

    def content(self, index: int) -> CommandRow:
        return self.rows[index]

    def segments(self, content: CommandRow, *, is_cursor: bool) -> list[TextSegment]:
        return draw_command_row(content, self.scrollable_content_region.width)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted(self.row))

    def move_to(self, index: int) -> None:
        """Put the cursor on a command: on the next one in the same direction from a heading."""
        step = 1 if index >= self.cursor else -1
        index = max(0, min(index, self.count - 1))
        while 0 <= index < self.count and self.rows[index].command is None:
            index += step
        if 0 <= index < self.count:
            super().move_to(index)
        elif step < 0:
            self.scroll_to(y=0, animate=False, force=True)  # the first heading

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None and (command := self.rows[index].command) is not None:
            self.move_to(index)
            self.post_message(self.Chosen(command))
