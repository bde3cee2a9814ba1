"""A question with a few answers, each with its key, over whatever is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from tui.workspace.state import WorkspaceState

FRAME = 8
"""Cells around the text: border, padding, and a scrollbar."""


class ChoiceScreen(OverScreen[str]):
    """Gives the value of the chosen answer; esc gives the empty string."""

    BINDINGS = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
    ]

    def __init__(
        self,
        question: Question,
        *,
        given_up: str = "",
        question_now: Callable[[WorkspaceState], Question] | None = None,
    ) -> None:
        """A question; `given_up` is what esc gives.

        `question_now` says what is asked in another state.
        """
        super().__init__()
        self.question = question
        self._given_up = given_up
        self._question_now = question_now
        self._answers = {choice.key: choice.value for choice in question.choices}
        """By key, also those of what was asked before: a key may be under way while it changes."""

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
        self._lay_out()
        self.query_one(OptionList).focus()

    def follow(self, state: WorkspaceState) -> None:
        """Ask what there is to ask now."""
        if self._question_now is None or not self.is_mounted:
            return
        before, self.question = self.question, self._question_now(state)
        if self.question.body.plain != before.body.plain:
            self.query_one("#body", Static).update(self.question.body)
        if self.question.choices != before.choices:
            self._answers |= {choice.key: choice.value for choice in self.question.choices}
            answers = self.query_one(OptionList)
            answers.clear_options()
            answers.add_options([Option(line, id=one.value) for line, one in self._lines()])
            self._lay_out()

    def _lay_out(self) -> None:
        """Make room for the question and its answers, with the default one under the cursor."""
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(self.question.title)
        widest = max(line.cell_length for line, _ in self._lines())
        body = max((len(line) for line in self.question.body.plain.splitlines()), default=0)
        dialog.styles.width = min(max(widest, body, 36) + FRAME, int(self.app.size.width * 0.9))
        answers = self.query_one(OptionList)
        values = [choice.value for choice in self.question.choices]
        default = self.question.default
        answers.highlighted = values.index(default) if default in values else 0

    def on_key(self, event: events.Key) -> None:
        if event.character is not None and event.character in self._answers:
            event.stop()
            self.dismiss(self._answers[event.character])

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
