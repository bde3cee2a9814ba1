"""A field with a few values, of which one is taken: left and right take another."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.ui.panels.new_asset_sheet import choice_line, choice_words


class ChoiceField(Widget, can_focus=True):
    """One line with all values."""

    BINDINGS = [
        Binding("right,l,space", "take(1)", "Next", show=False),
        Binding("left,h", "take(-1)", "Previous", show=False),
    ]

    class Changed(Message):
        """Another value is taken."""

        def __init__(self, field: ChoiceField, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

    def __init__(self, values: Sequence[str], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.values = list(values)
        self.value = value

    def render(self) -> Content:
        return choice_line(self.values, self.value, is_focused=self.has_focus)

    def action_take(self, step: int) -> None:
        """Take another value."""
        at = self.values.index(self.value)
        self.take(self.values[(at + step) % len(self.values)])

    def take(self, value: str) -> None:
        """Take a value, and tell it."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(self, value))

    def on_click(self, event: events.Click) -> None:
        """Take the value that was clicked on."""
        offset = event.get_content_offset(self)
        start = 0
        for value in self.values:
            width = len(choice_words(value)) + 2
            if offset is not None and start <= offset.x < start + width:
                self.take(value)
            start += width + 1
