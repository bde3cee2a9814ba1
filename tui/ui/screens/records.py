"""What the screens of records have in common: a list above, and all of the one under the cursor
below it, or beside it where there is room.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.ui.commands import Situation, bindings_of
from tui.ui.rows.run_rows import TextSegments
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.state import WorkspaceState


class SheetPane(VerticalScroll, can_focus=True):
    """All about what the cursor is on."""

    BINDINGS = bindings_of("details")

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="sheet")


class RecordsScreen(WorkspaceScreen):
    """A list of records. A subclass says what they are, and how they look."""

    CSS_PATH = "../records.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (180, "-vast")]
    WHERE = ""
    """The way to the screen, as the header has it; `>` stands between its steps."""
    LIST: type[RecordListView] = RecordListView
    WAITING = ""
    """What is said until there is something."""

    # -- for the subclass -----------------------------------------------------

    def line(self, record: object, width: int) -> TextSegments:
        """The line of a record."""
        raise NotImplementedError

    def head(self, width: int) -> Content | None:
        """What is above the list; None for nothing."""
        return None

    def sheet(self, record: object, width: int) -> Content:
        """All about a record."""
        raise NotImplementedError

    def begin(self) -> None:
        """The screen is there: show what there is, or look it up."""
        raise NotImplementedError

    def highlighted(self, record: object) -> None:
        """The cursor is on another record."""

    # --------------------------------------------------------------- the same

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        where = self.WHERE.replace(">", glyphs.folded)
        yield Header(where=where, glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Vertical(id="body"):
            with Vertical(id="pane"):
                yield Static(id="head", markup=False)
                yield self.LIST(self.line, glyphs=glyphs, clock=clock)
                yield Static(self.WAITING, id="nothing", markup=False)
            yield SheetPane(id="below")
        yield Footer()

    def on_mount(self) -> None:
        self.show_nothing(self.WAITING)
        self.records.focus()
        self.begin()

    @property
    def records(self) -> RecordListView:
        """The list."""
        return self.query_one(RecordListView)

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Tell what is new to tell."""
        if new is None or not self.is_mounted:
            return
        self.show_commands()

    def show_nothing(self, words: str) -> None:
        """Say why there is no list."""
        self._show_list(is_shown=False)
        self.query_one("#nothing", Static).update(Content.styled(words, "$dim"))

    def _show_list(self, *, is_shown: bool) -> None:
        self.query_one("#nothing").display = not is_shown
        for name in ("#below", "#head"):
            self.query_one(name).display = is_shown
        if self.records.display != is_shown:
            self.records.display = is_shown
            if is_shown:
                self.records.focus()

    def show_titles(self, title: str, note: str = "", below: str = "") -> None:
        """The pane's own words."""
        pane = self.query_one("#pane")
        dot = " · " if note else ""
        pane.border_title = Content.assemble(title, (f"{dot}{note}", "$dim"))
        pane.border_subtitle = Content.styled(below, "$dim")

    def show_list(self) -> None:
        """The list is there, and its width is known after the next frame."""
        self._show_list(is_shown=True)
        self.call_after_refresh(self.show_texts)

    def show_texts(self) -> None:
        """Write what is above and below the list again."""
        width = self.query_one("#pane").content_size.width
        if not width or not self.records.display:
            return
        head = self.head(max(self.records.line_width, 20))
        self.query_one("#head").display = head is not None
        self.query_one("#head", Static).update(head or "")
        self.show_sheet()

    def show_sheet(self) -> None:
        """Write all about the record under the cursor."""
        pane, record = self.query_one(SheetPane), self.records.current
        width = pane.scrollable_content_region.width
        if width and record is not None:
            pane.query_one("#sheet", Static).update(self.sheet(record, max(width - 1, 20)))

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_texts)

    @on(RecordListView.Highlighted)
    def show_record(self) -> None:
        """Show the record under the cursor from its top."""
        self.query_one(SheetPane).scroll_home(animate=False)
        self.show_sheet()
        if self.records.current is not None:
            self.highlighted(self.records.current)
        self.show_commands()

    @property
    def scopes(self) -> tuple[str, ...]:
        in_pane = isinstance(self.focused, SheetPane)
        return ("details" if in_pane else "record-list", *self.SCOPES[1:])

    @property
    def situation(self) -> Situation:
        return Situation(readonly=self.current.project.readonly, on_runs=True)

    def action_other_pane(self) -> None:
        pane = self.query_one(SheetPane)
        (self.records if self.focused is pane else pane).focus()

    def action_close(self) -> None:
        if isinstance(self.focused, SheetPane):
            self.records.focus()
        else:
            self.app.pop_screen()
