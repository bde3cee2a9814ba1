"""All themes: the screen behind is painted in the one under the cursor, enter keeps it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.themes import OURS
from tui.ui.widgets.answer_list import AnswerList


class ThemesScreen(OverScreen[None]):
    """Ours first, then Textual's."""

    BINDINGS = [
        Binding("escape,q,T", "give_up", "Back", show=False),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
        Binding("g", "go_to_end(-1)", "First", show=False),
        Binding("G", "go_to_end(1)", "Last", show=False),
    ]

    def compose(self) -> ComposeResult:
        self._before = self.app.theme
        ours = [theme.name for theme in OURS]
        names = [*ours, *sorted(set(self.app.available_themes) - set(ours))]
        with Vertical(id="dialog"):
            yield AnswerList(*(Option(name, id=name) for name in names), markup=False)

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content("Themes")
        dialog.border_subtitle = Content("enter keeps · esc back")
        themes = self.query_one(OptionList)
        themes.highlighted = themes.get_option_index(self._before)
        themes.focus()

    def action_move(self, step: int) -> None:
        """The next or the previous theme."""
        themes = self.query_one(OptionList)
        if step > 0:
            themes.action_cursor_down()
        else:
            themes.action_cursor_up()

    def action_go_to_end(self, side: int) -> None:
        """The first theme or the last."""
        themes = self.query_one(OptionList)
        if side > 0:
            themes.action_last()
        else:
            themes.action_first()

    @on(OptionList.OptionHighlighted)
    def preview(self, event: OptionList.OptionHighlighted) -> None:
        """Paint everything in it."""
        if event.option.id:
            self.app.theme = event.option.id

    @on(OptionList.OptionSelected)
    def keep(self) -> None:
        """Enter: it stays, also for the next time."""
        self.dismiss()

    def action_give_up(self) -> None:
        """Esc: as it was."""
        self.app.theme = self._before
        self.dismiss()
