"""A question with a few answers, each with its key, over whatever is on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.ui.run_requests import Choice, Question
from tui.ui.screens.overlay import OverScreen
from tui.ui.widgets.answer_list import AnswerList

FRAME = 8
"""Cells around the text: border, padding, and a scrollbar."""


class ChoiceScreen(OverScreen[str]):
    """Gives the value of the chosen answer; esc gives the empty string."""

    BINDINGS = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
    ]

    def __init__(self, question: Question, *, given_up: str = "") -> None:
        """A question; `given_up` is what esc gives."""
        super().__init__()
        self.question = question
        self._given_up = given_up

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-danger" if self.question.is_dangerous else ""):
            yield Static(self.question.body, id="body", markup=False)
            yield AnswerList(
                *(Option(line, id=choice.value) for line, choice in self._lines()),
                id="answers",
                compact=True,
            )

    def _lines(self) -> Iterator[tuple[Content, Choice]]:
        titles = max(len(choice.title) for choice in self.question.choices)
        for choice in self.question.choices:
            title = choice.title.ljust(titles) if choice.about else choice.title
            yield (
                Content.assemble(
                    (f" {choice.key} ", "bold $accent-ink"), f" {title}  ", (choice.about, "$dim")
                ),
                choice,
            )

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(self.question.title)
        widest = max(line.cell_length for line, _ in self._lines())
        body = max((len(line) for line in self.question.body.plain.splitlines()), default=0)
        dialog.styles.width = min(max(widest, body, 36) + FRAME, int(self.app.size.width * 0.9))
        answers = self.query_one(OptionList)
        values = [choice.value for choice in self.question.choices]
        default = self.question.default
        answers.highlighted = values.index(default) if default in values else 0
        answers.focus()

    def on_key(self, event: events.Key) -> None:
        for choice in self.question.choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice.value)
                return

    def action_give_up(self) -> None:
        """Esc: no answer."""
        self.dismiss(self._given_up)

    def action_move(self, step: int) -> None:
        """Go to the next or the previous answer."""
        answers = self.query_one(OptionList)
        if step > 0:
            answers.action_cursor_down()
        else:
            answers.action_cursor_up()

    @on(OptionList.OptionSelected)
    def answer(self, event: OptionList.OptionSelected) -> None:
        """The answer under the cursor is the one."""
        self.dismiss(event.option.id or "")
