"""Two runs side by side: what differs in each asset, and in what it was built from."""

from __future__ import annotations

from textual import on
from textual.content import Content

from tui.errors import DbtreeError
from tui.runs.comparison import AssetDifference, Comparison, NodeChange
from tui.ui.commands import bindings_of
from tui.ui.panels.comparison_sheet import change_sheet, change_text, counts_words, runs_head
from tui.ui.rows.comparison_rows import change_line, heads_line
from tui.ui.rows.run_rows import TextSegments
from tui.ui.screens.records import RecordsScreen
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.state import WorkspaceState


class CompareScreen(RecordsScreen):
    """Two runs, the earlier one first."""

    BINDINGS = bindings_of("compare")
    SCOPES = ("record-list", "compare")
    WHERE = "runs > compare"
    WAITING = "Reading the two runs …"

    def __init__(self, first: str, second: str = "") -> None:
        """Of these runs; without a second one, the first is compared with the latest good run of
        the same selection.
        """
        super().__init__()
        self._ids = (first, second)
        self._comparison: Comparison | None = None
        self._differences: dict[str, AssetDifference] = {}
        self._shows_all = False

    def begin(self) -> None:
        self.show_titles("Compare")
        self.run_worker(self._read(), group="comparison")

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """A run that was going on may have ended: both are read again."""
        super().watch_state(old, new)
        found = self._comparison
        if found is None or new is None or not found.now.is_active:
            return
        now = next((run for run in new.runs if run.run_id == found.now.run_id), None)
        if now is not None and not now.is_active:
            self._differences.clear()
            self.run_worker(self._read(), group="comparison", exclusive=True)

    async def _read(self) -> None:
        try:
            found = await self.dbtree.workspace.queries.compare(*self._ids)
        except DbtreeError as error:
            self.show_nothing(f"{error.message} Mark two runs with space, then press =.")
            return
        self._comparison = found
        self._shows_all = not found.differing
        self._show_changes(found)

    def _show_changes(self, found: Comparison) -> None:
        shown = found.changes if self._shows_all else found.differing
        same = len(found.changes) - len(found.differing)
        note = counts_words(found) or "nothing differs"
        self.show_titles("Compare", note, f"{same:,} the same" if same else "")
        if not shown:
            self.show_nothing("Neither run has assets or checks.")
            return
        self.records.show_records(shown, lambda change: change.unique_id)
        self.show_list()

    # ---------------------------------------------------------------- showing

    def line(self, record: object, width: int) -> TextSegments:
        assert isinstance(record, NodeChange)
        return change_line(record, self.current, self.dbtree.glyphs, width=width)

    def head(self, width: int) -> Content | None:
        if self._comparison is None:
            return None
        glyphs, now = self.dbtree.glyphs, self.dbtree.clock()
        gap = [Content("")] if self.size.height >= 30 else []
        runs = runs_head(self._comparison, glyphs, width=width, now=now)
        return Content("\n").join([runs, *gap, Content.styled(heads_line(width), "$dim")])

    def sheet(self, record: object, width: int) -> Content:
        assert isinstance(record, NodeChange)
        found = self._differences.get(record.unique_id)
        return change_sheet(record, found, self.current, self.dbtree.glyphs, width=width)

    def highlighted(self, record: object) -> None:
        assert isinstance(record, NodeChange)
        if record.unique_id not in self._differences:
            self.run_worker(self._look_up(record.unique_id), group="difference", exclusive=True)

    async def _look_up(self, unique_id: str) -> None:
        """What the asset was built from in the two runs."""
        if self._comparison is None:
            return
        try:
            found = await self.dbtree.workspace.queries.difference(self._comparison, unique_id)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return
        self._differences[unique_id] = found
        self.show_sheet()

    # ---------------------------------------------------------------- actions

    @property
    def change(self) -> NodeChange | None:
        """What the cursor is on."""
        found = self.records.current
        return found if isinstance(found, NodeChange) else None

    @on(RecordListView.Opened)
    def open_asset(self) -> None:
        """Show the page of an asset."""
        if self.change is not None:
            self.dbtree.open_asset(self.change.unique_id)

    def action_compare_all(self) -> None:
        self._shows_all = not self._shows_all
        if self._comparison is not None:
            self._show_changes(self._comparison)

    async def action_compare_edit(self) -> None:
        graph = self.current.graph
        if self.change is not None:
            key = self.change.unique_id
            node = graph.assets.get(key) or graph.checks.get(key)
            await self.dbtree.edit(node.path if node else "", node.line if node else 0)

    def action_compare_copy(self) -> None:
        if self.change is not None:
            found = self._differences.get(self.change.unique_id)
            self.dbtree.copy(change_text(self.change, found, self.current), "what differs")
