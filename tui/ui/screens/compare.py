"""Two runs side by side: what differs in each asset, and in what it was built from."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.errors import DbtreeError
from tui.runs.comparison import AssetDifference, Comparison
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.comparison_sheet import change_sheet, change_text, counts_words, runs_head
from tui.ui.rows.comparison_rows import heads_line
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.comparison_list import ComparisonListView
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.workspace.state import WorkspaceState


class DifferencePane(VerticalScroll, can_focus=True):
    """What differs in the asset under the cursor."""

    BINDINGS = bindings_of("details")

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="difference")


class CompareScreen(WorkspaceScreen):
    """Two runs, the earlier one first."""

    BINDINGS = bindings_of("compare")
    SCOPES = ("compare-list", "compare")
    CSS_PATH = "../compare.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (180, "-vast")]

    def __init__(self, first: str, second: str = "") -> None:
        """Of these runs; without a second one, the first is compared with the latest good run of
        the same selection.
        """
        super().__init__()
        self._ids = (first, second)
        self._comparison: Comparison | None = None
        self._differences: dict[str, AssetDifference] = {}
        self._shows_all = False

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        where = place_of(glyphs)
        yield Header(where=where, glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Vertical(id="body"):
            with Vertical(id="pane"):
                yield Static(id="head", markup=False)
                yield Static(id="heads", markup=False)
                yield ComparisonListView(glyphs=glyphs, clock=clock)
                yield Static("Reading the two runs …", id="nothing", markup=False)
            yield DifferencePane(id="below")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#pane").border_title = Content("Compare")
        self.query_one("#below").display = False
        self.query_one(ComparisonListView).display = False
        self.query_one(ComparisonListView).focus()
        self.run_worker(self._read(), group="comparison")

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """The two runs stay as they were recorded; only what is said is new."""
        if new is None or not self.is_mounted:
            return
        if old is not None and old.notice_at != new.notice_at:
            self.query_one(Footer).tell(new.notice)
        self.show_commands()

    # ---------------------------------------------------------------- showing

    async def _read(self) -> None:
        try:
            found = await self.dbtree.workspace.queries.compare(*self._ids)
        except DbtreeError as error:
            words = f"{error.message} {error.hint}".strip()
            self.query_one("#nothing", Static).update(Content.styled(words, "$dim"))
            return
        self._comparison = found
        self._shows_all = not found.differing
        self._show_list()
        self.query_one(ComparisonListView).focus()
        self.show_commands()

    def _show_list(self) -> None:
        found = self._comparison
        if found is None:
            return
        shown = found.changes if self._shows_all else found.differing
        self.query_one("#nothing").display = not shown
        self.query_one("#nothing", Static).update("Neither run had assets or checks.")
        self.query_one("#below").display = bool(shown)
        rows = self.query_one(ComparisonListView)
        rows.display = bool(shown)
        rows.show_changes(shown, self.current)
        told = counts_words(found) or "nothing differs"
        pane = self.query_one("#pane")
        pane.border_title = Content.assemble("Compare", (f" · {told}", "$dim"))
        same = len(found.changes) - len(found.differing)
        pane.border_subtitle = Content.styled(f"{same:,} the same" if same else "", "$dim")
        self.call_after_refresh(self._show_head)

    def _show_head(self) -> None:
        rows = self.query_one(ComparisonListView)
        width = self.query_one("#pane").content_size.width
        if self._comparison is None or not width:
            return
        head = runs_head(
            self._comparison, self.dbtree.glyphs, width=max(width - 1, 20), now=self.dbtree.clock()
        )
        self.query_one("#head", Static).update(head)
        self.query_one("#heads", Static).update(Content.styled(heads_line(rows.line_width), "$dim"))
        self._show_difference()

    def _show_difference(self) -> None:
        change = self.query_one(ComparisonListView).current
        pane = self.query_one(DifferencePane)
        width = pane.scrollable_content_region.width
        if change is None or not width:
            return
        sheet = change_sheet(
            change, self._differences.get(change.unique_id), self.current, self.dbtree.glyphs,
            width=max(width - 1, 20),
        )  # fmt: skip
        pane.query_one("#difference", Static).update(sheet)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_head)

    @on(ComparisonListView.Highlighted)
    def show_change(self) -> None:
        """Show what differs in the asset under the cursor, and look up its code."""
        self.query_one(DifferencePane).scroll_home(animate=False)
        self._show_difference()
        change = self.query_one(ComparisonListView).current
        if change is not None and change.unique_id not in self._differences:
            self.run_worker(self._look_up(change.unique_id), group="difference", exclusive=True)

    async def _look_up(self, unique_id: str) -> None:
        if self._comparison is None:
            return
        try:
            found = await self.dbtree.workspace.queries.difference(self._comparison, unique_id)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return
        self._differences[unique_id] = found
        self._show_difference()

    # ---------------------------------------------------------------- actions

    @property
    def scopes(self) -> tuple[str, ...]:
        in_pane = isinstance(self.focused, DifferencePane)
        return ("details" if in_pane else "compare-list", "compare")

    @property
    def situation(self) -> Situation:
        return Situation(readonly=self.current.project.readonly, on_runs=True)

    @on(ComparisonListView.Opened)
    def open_asset(self, event: ComparisonListView.Opened) -> None:
        """Show the page of an asset."""
        self.dbtree.open_asset(event.unique_id)

    def action_compare_all(self) -> None:
        self._shows_all = not self._shows_all
        self._show_list()

    def action_compare_pane(self) -> None:
        rows, pane = self.query_one(ComparisonListView), self.query_one(DifferencePane)
        (rows if self.focused is pane else pane).focus()

    async def action_compare_edit(self) -> None:
        change = self.query_one(ComparisonListView).current
        graph = self.current.graph
        if change is not None:
            node = graph.assets.get(change.unique_id) or graph.checks.get(change.unique_id)
            await self.dbtree.edit(node.path if node else "", node.line if node else 0)

    def action_compare_copy(self) -> None:
        change = self.query_one(ComparisonListView).current
        if change is not None:
            found = self._differences.get(change.unique_id)
            self.dbtree.copy(change_text(change, found, self.current), "what differs")

    def action_close(self) -> None:
        if isinstance(self.focused, DifferencePane):
            self.query_one(ComparisonListView).focus()
        else:
            self.app.pop_screen()


def place_of(glyphs: Glyphs) -> str:
    """The way to the screen."""
    return f"runs {glyphs.folded} compare"
