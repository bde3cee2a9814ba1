"""A sheet of commands to find one by typing, and to run it on the screen below."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.ui.commands import Command
from tui.ui.rows.command_rows import CommandRow, command_rows
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.ui.widgets.command_list import CommandListView
from tui.ui.widgets.search_line import SearchLine


class FindLine(SearchLine, inherit_bindings=False):
    """The line that finds a command: the arrows are for the list below."""

    BINDINGS = [Binding("escape", "give_up", "Give up", show=False)]


class CommandSheet(OverScreen[Command | None]):
    """Gives the command that was chosen, or None."""

    BINDINGS = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("down,ctrl+n", "go('cursor_down')", "Down", show=False),
        Binding("up,ctrl+p", "go('cursor_up')", "Up", show=False),
        Binding("pagedown", "go('page_down')", "Page down", show=False),
        Binding("pageup", "go('page_up')", "Page up", show=False),
    ]
    NAME = "Commands"
    PLACEHOLDER = "find a command"

    def __init__(
        self,
        commands: Sequence[Command],
        *,
        able: Collection[str] | None = None,
        here: Collection[str] | None = None,
        scopes: Sequence[str] = (),
        glyphs: Glyphs = UNICODE,
    ) -> None:
        """A sheet of these commands.

        Args:
            commands: With the keys that they have now.
            able: Ids of those that do something now; None for all.
            here: Ids of those that the screen below knows; None for all.
            scopes: Where one is: its commands come first.
            glyphs: What the terminal can print.
        """
        super().__init__()
        self._commands = commands
        self._able = able
        self._here = here
        self._scopes = scopes
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="commands"):
            yield FindLine("/", placeholder=self.PLACEHOLDER, id="find")
            yield CommandListView(id="commands", glyphs=self._glyphs)
            yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(self.NAME)
        dialog.border_subtitle = Content.assemble(
            ("enter", "bold $accent-ink"), " runs it  ", ("esc", "bold $accent-ink"), " back"
        )
        self.query_one(FindLine).open()
        self._show("")

    @property
    def list_view(self) -> CommandListView:
        """The list."""
        return self.query_one(CommandListView)

    def _show(self, text: str) -> None:
        rows = command_rows(
            self._commands,
            text,
            able=self._able,
            scopes=self._scopes,
            ascii_only=self._glyphs.is_ascii,
        )
        self.list_view.show(rows)
        found = sum(row.command is not None for row in rows)
        self.query_one(FindLine).count(f"{found}" if text else "")

    @on(FindLine.Changed)
    def find(self, event: FindLine.Changed) -> None:
        """Find while one types."""
        self._show(event.text)

    @on(FindLine.Closed)
    def end(self, event: FindLine.Closed) -> None:
        """Enter runs what the cursor is on, esc goes back."""
        row = self.list_view.row
        if not event.kept:
            self.dismiss(None)
        elif row is not None and row.command is not None:
            self.choose(row.command)

    @on(CommandListView.Chosen)
    def clicked(self, event: CommandListView.Chosen) -> None:
        """A click runs it too."""
        self.choose(event.command)

    def choose(self, command: Command) -> None:
        """Run a command, where the screen below has it."""
        if self._here is None or command.id in self._here:
            self.dismiss(command)
        else:
            self.query_one("#about", Static).update(self._about(command, is_refused=True))

    @on(CommandListView.Highlighted)
    def tell(self, event: CommandListView.Highlighted) -> None:
        """Tell below what the command under the cursor does, in full."""
        row: CommandRow | None = event.row
        about = Content.styled("no command matches", "$dim")
        if row is not None and row.command is not None:
            about = self._about(row.command)
        self.query_one("#about", Static).update(about)

    def _about(self, command: Command, *, is_refused: bool = False) -> Content:
        words = f"{command.help[:1].upper()}{command.help[1:]}."
        parts: list[Content | str | tuple[str, str]] = [words]
        if self._here is not None and command.id not in self._here:
            style = "$status-failed" if is_refused else "$dim"
            parts.append((f"  Not on this screen: {command.group}.", style))
        typed = f":{command.id} {command.argument}".rstrip()
        if not command.is_move and not command.priority:
            parts.append((f"  {typed}", "$dim"))
        return Content.assemble(*parts)

    def action_go(self, action: str) -> None:
        """Move the cursor of the list."""
        getattr(self.list_view, f"action_{action}")()

    def action_give_up(self) -> None:
        """Do nothing."""
        self.dismiss(None)
