"""One line that is typed over whatever screen is shown: enter gives it, esc gives nothing."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from tui.ui.screens.overlay import OverScreen
from tui.ui.widgets.prompt_line import PromptLine


class LineScreen(OverScreen[str]):
    """Gives what was typed; the empty string where nothing was, or it was given up."""

    def __init__(self, asked: str, text: str = "") -> None:
        """`asked` says what is typed; `text` stands there at first."""
        super().__init__()
        self._asked = asked
        self._text = text

    def compose(self) -> ComposeResult:
        yield PromptLine(">", placeholder=self._asked, above=True, id="command")

    def on_mount(self) -> None:
        self.query_one(PromptLine).open(self._text)

    @on(PromptLine.Closed)
    def end(self, event: PromptLine.Closed) -> None:
        """Enter gives the text."""
        self.dismiss(event.text.strip() if event.kept else "")
