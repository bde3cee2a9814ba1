"""A question with a few answers, each with its key, over whatever is on the screen."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.ui.wishes import Choice, Question


class ChoiceScreen(ModalScreen[str]):
    """Gives the value of the chosen answer; esc gives the empty string."""

    BINDINGS = [
        Binding("escape", "dismiss('')", "Back", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-danger" if self.question.is_dangerous else ""):
            yield Static(self.question.body, id="body", markup=False)
            yield OptionList(
                *(Option(_line(choice), id=choice.value) for choice in self.question.choices),
                id="answers",
                compact=True,
            )

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = Content(self.question.title)
        self.query_one(OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        for choice in self.question.choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice.value)
                return

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


def _line(choice: Choice) -> Content:
    about = (f"  {choice.about}", "$dim") if choice.about else ""
    return Content.assemble((f" {choice.key} ", "bold $accent"), (f" {choice.title}", ""), about)
