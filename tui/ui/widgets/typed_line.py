"""What input lines have in common: a sign, a field, a count, messages about changes."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from tui.ui.app_interface import host_of


class TypedLine(Widget):
    """Tells every change of its text, and when the user is done."""

    class Changed(Message):
        """The text is another."""

        def __init__(self, line: TypedLine, text: str) -> None:
            super().__init__()
            self.line = line
            self.text = text

        @property
        def control(self) -> TypedLine:
            """The line that was typed into."""
            return self.line

    class Closed(Message):
        """The user is done typing."""

        def __init__(self, line: TypedLine, text: str, kept: bool) -> None:
            super().__init__()
            self.line = line
            self.text = text
            self.kept = kept

        @property
        def control(self) -> TypedLine:
            """The line that was typed into."""
            return self.line

    def __init__(
        self, sign: str, *, placeholder: str = "", late: bool = False, id: str | None = None
    ) -> None:
        """A line with a sign before it. One that is hidden at first may be made `late`, after the
        first frame, which it would only hold up.
        """
        super().__init__(id=id)
        self._late = late
        self._sign = sign
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        if not self._late:
            yield from self._parts()

    def on_mount(self) -> None:
        if self._late:
            self.call_after_refresh(self._make)

    async def _make(self) -> None:
        if self._late:
            self._late = False
            await self.mount(*self._parts())

    def _open_when_made(self, text: str, selected: bool) -> None:
        """Open it as soon as there is something to type into; what is typed by then is kept."""
        app = host_of(self)
        hold = app.keep_keys(self)

        async def make_and_open() -> None:
            await self._make()
            if not self.is_unmade:
                self.open(text, selected=selected)
                app.let_keys_go(hold)
            else:
                self.call_after_refresh(make_and_open)

        self.call_later(make_and_open)

    def _parts(self) -> Iterator[Widget]:
        yield Label(self._sign, classes="sign", markup=False)
        yield Input(placeholder=self._placeholder, compact=True)
        yield Label("", classes="count", markup=False)

    @property
    def is_unmade(self) -> bool:
        """Whether there is nothing yet to type into."""
        return not self.query(Input)

    @property
    def field(self) -> Input:
        """Where one types."""
        return self.query_one(Input)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.field.value

    def open(self, text: str = "", *, selected: bool = False) -> None:
        """Show the line with a text (`selected`: the first letter replaces it); take the keys."""
        if self.is_unmade:
            self._open_when_made(text, selected)
            return
        self.display = True
        field = self.field
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        if selected:
            field.select_all()
        # Not `field.focus()`, which waits for a turn: letters typed at once are for the field.
        self.screen.set_focus(field)

    def count(self, words: str) -> None:
        """Say what the text comes to."""
        self.query_one(".count", Label).update(words)

    @on(Input.Changed)
    def tell(self, event: Input.Changed) -> None:
        """Pass the text on."""
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the text."""
        self.post_message(self.Closed(self, self.text, kept=True))

    def action_give_up(self) -> None:
        """Esc."""
        self.post_message(self.Closed(self, self.text, kept=False))
