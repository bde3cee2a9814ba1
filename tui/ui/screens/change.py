"""A change of files before it is written: enter writes it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from tui.refactoring.edits import Change
from tui.text.terminal_text import plain_line
from tui.ui.app_interface import host_of
from tui.ui.panels.change_lines import ChangeLine, summary
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.change_view import ChangeView


class ChangeScreen(OverScreen[bool]):
    """Gives whether the change is to be written."""

    BINDINGS = [
        Binding("escape,q", "give_up", "Back", show=False),
        Binding("enter", "write_it", "Write", show=False),
        Binding("e", "edit", "Edit", show=False),
        *(
            Binding(keys, f"move('{name}')", name, show=False)
            for keys, name in (
                ("j,down", "cursor_down"),
                ("k,up", "cursor_up"),
                ("pagedown,space", "page_down"),
                ("pageup", "page_up"),
                ("ctrl+d", "half_page_down"),
                ("ctrl+u", "half_page_up"),
                ("g,home", "first"),
                ("G,end", "last"),
                ("l,right", "shift_right"),
                ("h,left", "shift_left"),
            )
        ),
    ]

    def __init__(self, change: Change, diff: Sequence[ChangeLine], glyphs: Glyphs) -> None:
        """`diff` is that of the change, made beside."""
        super().__init__()
        self.change = change
        self._diff = diff
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield ChangeView(self.change, self._diff, glyphs=self._glyphs)

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        title = f"{plain_line(self.change.title)} {self._glyphs.dot} {summary(self.change)}"
        dialog.border_title = Content(title[:1].upper() + title[1:])
        dialog.border_subtitle = Content.assemble(
            ("enter", "bold $accent-ink"), " writes it  ",
            ("e", "bold $accent-ink"), " opens the file  ",
            ("esc", "bold $accent-ink"), " back",
        )  # fmt: skip

    @property
    def view(self) -> ChangeView:
        """The lines."""
        return self.query_one(ChangeView)

    # ------------------------------------------------------------------- keys

    def action_move(self, name: str) -> None:
        """Move in the lines."""
        getattr(self.view, f"action_{name}")()

    async def action_edit(self) -> None:
        """Open the file of the line under the cursor."""
        view = self.view
        if view.count and (line := view.content(view.cursor)).path:
            await host_of(self).edit(line.path, line.line)

    def action_write_it(self) -> None:
        """Write it."""
        self.dismiss(True)

    def action_give_up(self) -> None:
        """Write nothing."""
        self.dismiss(False)
