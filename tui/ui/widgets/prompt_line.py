"""An input line for exact syntax: completions beside it, and an error under its column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.ui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from tui.selection import Completion

HINTS = 6
"""Completions that are shown at once."""
INDENT = 3
"""Cells before the text: padding and sign."""


class PromptLine(Vertical, TypedLine):
    """Enter keeps the text, esc gives it up, tab completes."""

    BINDINGS = [
        Binding("escape", "give_up", "Give up", show=False),
        Binding("tab", "complete", "Complete", show=False),
        Binding("down,ctrl+n", "choose(1)", "Next completion", show=False),
        Binding("up,ctrl+p", "choose(-1)", "Previous completion", show=False),
    ]

    class Changed(TypedLine.Changed):
        """The text is another."""

    class Closed(TypedLine.Closed):
        """The user is done typing."""

    def __init__(
        self,
        sign: str,
        *,
        placeholder: str = "",
        above: bool = False,
        late: bool = False,
        id: str | None = None,
    ) -> None:
        """A line with a sign before it; `above` puts the completions over it, not under it.

        One that is hidden at first may be made `late`, after the first frame, which it would only
        hold up.
        """
        super().__init__(sign, placeholder=placeholder, late=late, id=id)
        self._above = above
        self._completions: Sequence[Completion] = ()
        self._chosen = -1

    def _parts(self) -> Iterator[Widget]:
        hints = Static("", classes="hints", markup=False)
        line = Horizontal(*super()._parts())
        yield from (hints, line) if self._above else (line, hints)

    @property
    def before_cursor(self) -> str:
        """What is typed before the cursor."""
        return self.field.value[: self.field.cursor_position]

    def open(self, text: str = "", *, selected: bool = False) -> None:
        """Show the line with a text, and take the keys. Tells the text, too."""
        super().open(text, selected=selected)
        if self.display:
            self.post_message(self.Changed(self, text))

    # ------------------------------------------------------------ what is said about it

    def suggest(self, completions: Sequence[Completion]) -> None:
        """Offer ways to go on."""
        self._completions, self._chosen = completions, -1
        self._write()

    def hint(self, words: str) -> None:
        """Say quietly what is still to be typed."""
        self._completions, self._chosen = (), -1
        self.query_one(".hints", Static).update(Content.styled(" " * INDENT + words, "$dim"))

    def refuse(self, message: str, column: int, length: int) -> None:
        """Say what is wrong, under the column (from 0) where it is."""
        self._completions, self._chosen = (), -1
        width = max(self.size.width, 20)
        at = INDENT + column - round(self.field.scroll_offset.x)
        at = max(min(at, width - 4), 0)
        carets = "^" * max(min(length, width - at - 2), 1)
        lines = [Content.styled(" " * at + carets, "$status-failed")]
        room = max(width - 2 * INDENT, 10)
        indent = " " * min(at, max(width - len(message) - 2, INDENT))
        if len(message) + len(indent) > width - 1:
            indent = " " * INDENT
        lines += [
            Content.assemble(indent, (line.plain, "$status-failed"))
            for line in Content(message).wrap(room)
        ]
        self.query_one(".hints", Static).update(Content("\n").join(lines))

    def _write(self) -> None:
        hints = self.query_one(".hints", Static)
        first = max(0, self._chosen - HINTS + 1)
        shown = list(self._completions)[first : first + HINTS]
        lines = []
        for index, one in enumerate(shown, start=first):
            chosen = index == self._chosen
            lines.append(
                Content.assemble(
                    " " * INDENT,
                    (one.text, "bold $accent-ink" if chosen else ""),
                    (f"  {one.kind}", "$dim"),
                )
            )
        hints.update(Content("\n").join(lines) if lines else Content(""))

    # ------------------------------------------------------------------- keys

    def action_choose(self, step: int) -> None:
        """The next or the previous completion."""
        if self._completions:
            self._chosen = (self._chosen + step) % len(self._completions)
            if self._chosen < 0:
                self._chosen = len(self._completions) - 1
            self._write()

    def action_complete(self) -> None:
        """Put the chosen completion, else the first one, in the place of what is typed."""
        if self._completions:
            self.take(self._completions[max(self._chosen, 0)])

    def take(self, completion: Completion) -> None:
        """Put a completion in the place of what is typed."""
        field = self.field
        rest = field.value[field.cursor_position :]
        head = field.value[: completion.start] + completion.text
        field.value = head + rest
        field.cursor_position = len(head)

    def action_keep(self) -> None:
        """Enter: a chosen completion first."""
        if self._chosen >= 0:
            self.take(self._completions[self._chosen])
        else:
            super().action_keep()

    def close(self) -> None:
        """Hide the line again."""
        self.display = False
        self.suggest(())
        self.count("")
