"""An input line with a sign before it and a count behind it: filter and search."""

from __future__ import annotations

from textual.binding import Binding
from textual.containers import Horizontal

from tui.ui.widgets.typed_line import TypedLine


class SearchLine(Horizontal, TypedLine):
    """Enter and the down arrow keep the text, esc gives it up."""

    BINDINGS = [
        Binding("escape", "give_up", "Give up", show=False),
        Binding("down", "keep", "To the rows", show=False),
    ]

    class Changed(TypedLine.Changed):
        """The text is another."""

    class Closed(TypedLine.Closed):
        """The user is done typing."""
