"""What is missing in the YAML about an asset, before it is written: enter writes it."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.errors import DbtreeError
from tui.ui.background import beside
from tui.ui.panels.yaml_sheet import yaml_sheet
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.properties_proposal import Proposal


class YamlScreen(OverScreen[frozenset[int] | None]):
    """Gives the places of the suggested tests that are taken, or None where nothing is written."""

    BINDINGS = [
        Binding("escape,q", "give_up", "Back", show=False),
        Binding("enter", "write_it", "Write", show=False),
        Binding("space", "take", "Take", show=False),
        Binding("a", "take_all", "All", show=False),
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+d", "scroll(10)", "Page down", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", "Page up", show=False),
    ]

    def __init__(self, proposal: Proposal, glyphs: Glyphs) -> None:
        super().__init__()
        self.proposal = proposal
        self._glyphs = glyphs
        self._cursor = 0
        self._diff: list[str] = []
        self._problem = ""
        """Why nothing can be written with what is chosen."""
        self._is_made = self._is_wanted = False
        self._chosen = frozenset(
            place for place, one in enumerate(proposal.suggested) if one.is_likely
        )

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(id="body", markup=False)

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(f"YAML {self._glyphs.dot} {self.proposal.asset.name}")
        self.make_diff()

    def make_diff(self) -> None:
        """Make the diff with what is chosen now; a long file takes longer than a frame."""
        chosen = self._chosen
        self._is_made = False

        def made(found: tuple[list[str], str]) -> None:
            (self._diff, self._problem), self._is_made = found, True
            self.write()
            if self._is_wanted:
                self.action_write_it()

        beside(self, partial(self._diff_with, chosen), made, newest="diff")

    def _diff_with(self, chosen: frozenset[int]) -> tuple[list[str], str]:
        """The diff, or why there is none."""
        try:
            return self.proposal.diff(chosen), ""
        except DbtreeError as error:
            return [], error.message

    def write(self) -> None:
        """Show it as it is chosen now."""
        diff = self._diff
        sheet = yaml_sheet(
            self.proposal, self._chosen, self._cursor, self._glyphs, diff, self._problem
        )
        self.query_one("#body", Static).update(sheet)
        keys: list[tuple[str, str] | str] = [("esc", "bold $accent-ink"), " back"]
        if self.proposal.suggested:
            keys = [
                ("space", "bold $accent-ink"), " takes or leaves a test  ",
                ("a", "bold $accent-ink"), " all  ", *keys,
            ]  # fmt: skip
        if diff:
            keys = [("enter", "bold $accent-ink"), " writes it  ", *keys]
        self.query_one("#dialog").border_subtitle = Content.assemble(*keys)

    # ------------------------------------------------------------------- keys

    def action_move(self, step: int) -> None:
        """Go to another test; where there is none, scroll."""
        last = len(self.proposal.suggested) - 1
        if 0 <= self._cursor + step <= last:
            self._cursor += step
            self.write()
            self._show_cursor()
        else:
            self.action_scroll(step)

    def _show_cursor(self) -> None:
        """Scroll as little as brings the test under the cursor into sight."""
        dialog = self.query_one("#dialog")
        line = len(self.proposal.notes) + 1 + self._cursor
        height, top = dialog.scrollable_content_region.height, dialog.scroll_offset.y
        if not top <= line < top + height:
            dialog.scroll_to(y=max(line - height // 2, 0), animate=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_take(self) -> None:
        """Take the test under the cursor, or leave it."""
        if self.proposal.suggested:
            self._chosen ^= {self._cursor}
            self.write()
            self.make_diff()

    def action_take_all(self) -> None:
        """Take all tests, or none."""
        everything = frozenset(range(len(self.proposal.suggested)))
        self._chosen = frozenset() if self._chosen == everything else everything
        self.write()
        self.make_diff()

    def action_write_it(self) -> None:
        """Write it, where there is anything to write, as soon as that is known."""
        self._is_wanted = not self._is_made
        if self._is_made and self._diff:
            self.dismiss(self._chosen)

    def action_give_up(self) -> None:
        """Write nothing."""
        self.dismiss(None)
