"""The Data tab: the first rows of the built relation, filtered and ordered as one types."""

from __future__ import annotations

import time
from pathlib import Path

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, Input, Static

from tui.errors import DatabaseBusy, DbtreeError
from tui.protocol.records import DECLARED, Asset
from tui.text.formats import article, human_duration, plural
from tui.ui.app_interface import host_of
from tui.ui.asset_page.export_file import ExportFile
from tui.ui.asset_page.tab import RETRY, AssetTab, Words, waiting_words
from tui.ui.widgets.rows_table import RowsTable
from tui.workspace.state import WorkspaceState

FIRST, MOST = 200, 20_000
"""Rows that are read at first, and at most."""
LINES = ("where", "order-by")
"""The lines that say which rows, and in which order."""
SLOW = 1.0
"""Seconds after which a read can be stopped."""
TICK = 0.5
"""Seconds between two looks of how long a read takes."""


class DataTab(AssetTab):
    """The rows of the asset."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="asked"):
            for name, title in (("where", "where"), ("order-by", "order by"), ("export", "export")):
                yield Static(title, classes="label", markup=False, id=f"{name}-label")
                yield Input(id=name, compact=True, placeholder=PLACEHOLDERS[name])
        yield Static(markup=False, id="counted")
        yield Words()
        yield RowsTable(id="rows-table")
        yield Static(markup=False, id="value")

    def on_mount(self) -> None:
        self._limit = FIRST
        self._total: int | None = None
        # What is typed counts from enter on: until then, all goes by what was asked last.
        self._asked = dict.fromkeys(LINES, "")
        self._shown = self._asked
        self._file = ExportFile(self.workspace)
        self._since = 0.0
        self._ticking = self.set_interval(TICK, self._say_reading, pause=True)
        for name in ("#export", "#export-label"):
            self.query_one(name).display = False
        self.query_one(RowsTable).display = False

    @property
    def table(self) -> RowsTable:
        """The rows."""
        return self.query_one(RowsTable)

    @property
    def first_focus(self) -> Widget:
        return self.table if self.table.display else self

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        key = self.unique_id
        if (
            before is None
            or before.history.built.get(key) is not state.history.built.get(key)
            or before.engine is not state.engine
        ):
            self.read()

    @work(exclusive=True)
    async def read(self) -> None:
        """Read the rows that are asked for."""
        asset = self.state.graph.assets.get(self.unique_id)
        if asset is None or asset.resource_type in DECLARED:
            kind = asset.resource_type.replace("_", " ") if asset else "exposure"
            self._say(f"{article(kind).capitalize()} has no rows.")
            return
        since = self._since = time.monotonic()
        self._say_reading()
        self._ticking.resume()
        try:
            await self._read(asset)
        finally:
            if self._since == since:  # no later one goes on
                self._since = 0.0
                self._ticking.pause()

    def _say_reading(self) -> None:
        if not self._since:
            return  # a tick that comes late
        spent = time.monotonic() - self._since
        words = f"reading · {human_duration(spent)}" if spent >= SLOW else "reading"
        words += "   esc stops it" if self._is_slow else ""
        self._say(waiting_words(self.workspace.state) or words, "$status-queued")

    async def _read(self, asset: Asset) -> None:
        asked = self._asked
        where, order_by = asked.values()
        types: dict[str, str] = {}
        try:
            if asset.relation and asset.materialized != "ephemeral":
                inspected = await self.workspace.queries.inspect(self.unique_id)
                if not inspected.is_there:
                    self._say(f"{asset.relation} is not in the database. Press m to build it.")
                    return
                self._total = None if where else inspected.row_count
                types = {name: kind for name, kind, *_ in inspected.columns}
            found = await self.workspace.queries.preview(
                self.unique_id, limit=self._limit, where=where, order_by=order_by
            )
        except DatabaseBusy as error:
            self._say(f"{error.message} Asking again.", "$status-queued")
            self.set_timer(RETRY, self.read)
            return
        except DbtreeError as error:
            self._say(error.message, "$status-failed")
            return
        self.query_one(Words).say("")
        self.table.display = True
        is_other = asked != self._shown
        self._shown = asked
        # The database's words for the types; a driver has its own, such as `longinteger`.
        told = zip(found.columns, found.types, strict=True)
        shown = [types.get(name) or kind for name, kind in told]
        self.table.show_rows(found.columns, shown, found.rows, from_top=is_other)
        self._show_value()
        self._count(len(found.rows), len(found.columns))
        if self.display and not self._is_used_elsewhere:
            self.screen.set_focus(self.table)

    @property
    def _is_used_elsewhere(self) -> bool:
        """Whether something that is shown has the keys: a line in which one types, say."""
        return self.screen.focused in self.screen.focus_chain

    def _say(self, words: str, style: str = "$dim") -> None:
        """Say something; rows that are shown already stay, but for those of something gone."""
        if self.table.display and style == "$status-queued":
            self.query_one("#counted", Static).update(Content.styled(words, style))
            return
        self.table.display = False
        for name in ("#counted", "#value"):
            self.query_one(name, Static).update("")
        self.query_one(Words).say(words, style)

    def _count(self, rows: int, columns: int) -> None:
        total = self._total
        is_all = rows < self._limit
        if is_all:
            words = plural(rows, "row")
        elif total is not None:
            words = f"first {rows:,} of {plural(total, 'row')}"
        else:
            words = f"first {plural(rows, 'row')}"
        parts = [(words, "bold"), (f"   {plural(columns, 'column')}", "$dim")]
        for name, text in self._asked.items():
            if text:
                parts.append((f"   {name.replace('-', ' ')} {text}", "$match"))
        self.query_one("#counted", Static).update(Content.assemble(*parts))

    # ------------------------------------------------------------------ asking

    def action_ask_where(self) -> None:
        self.screen.set_focus(self.query_one("#where", Input))

    def action_ask_order(self) -> None:
        self.screen.set_focus(self.query_one("#order-by", Input))

    def action_ask_export(self) -> None:
        asset = self.state.graph.assets[self.unique_id]
        line = self.query_one("#export", Input)
        self._file.ask(line, asset.name)
        self._show_export(True)
        self.screen.set_focus(line)

    def _show_export(self, is_shown: bool) -> None:
        for name in ("#export", "#export-label"):
            self.query_one(name).display = is_shown

    def leave(self) -> bool:
        # From a line to the rows; then the end of a read that takes long; then the page.
        if isinstance(self.app.focused, Input):
            self._end_typing()
            return True
        if self._is_slow:
            self.stop()
            return True
        return False

    @property
    def _is_slow(self) -> bool:
        """Whether a read takes so long that one may want to stop it. Of a database with one
        writer the engine reads in line: it could not hear of it.
        """
        if not self._since or self.workspace.state.single_writer:
            return False
        return time.monotonic() - self._since >= SLOW

    @work(group="stop")
    async def stop(self) -> None:
        """Let the database stop reading."""
        await self.workspace.queries.stop(self.unique_id)

    def on_unmount(self) -> None:
        """Nobody looks any more: the database has better things to do."""
        if self._since:
            stopping = self.workspace.queries.stop(self.unique_id)
            self.app.run_worker(stopping, exit_on_error=False)

    def _end_typing(self) -> None:
        """From a line to the rows; where there are none, the keys are those of the page."""
        self._show_export(False)
        self._say_what_was_asked()
        self.screen.set_focus(self.table if self.table.display else None)

    def _say_what_was_asked(self) -> None:
        """Take back from the lines what was typed and never asked."""
        for name, text in self._asked.items():
            self.query_one(f"#{name}", Input).value = text

    @on(events.DescendantFocus)
    def leave_lines(self) -> None:
        """The rows were chosen with tab or the mouse."""
        if self.screen.focused is self.table:
            self._say_what_was_asked()

    @on(Input.Submitted, "#where")
    @on(Input.Submitted, "#order-by")
    def ask_again(self) -> None:
        """Read what is asked for now."""
        self._asked = {name: self.query_one(f"#{name}", Input).value.strip() for name in LINES}
        self._limit = FIRST
        self.read()
        self._end_typing()

    @on(Input.Submitted, "#export")
    def export(self, event: Input.Submitted) -> None:
        """Write all the rows that are asked for into a file; over another one when asked twice."""
        typed = event.value.strip()
        if not typed:
            self._end_typing()
            return
        if (path := self._file.named(typed)) is not None:
            self.write_csv(path)
            self._end_typing()

    @work(exclusive=True, group="export")
    async def write_csv(self, path: Path) -> None:
        """Let the engine write them: there may be more than fit into memory."""
        where, order_by = self._asked.values()
        export = self.workspace.queries.export
        await self._file.write(path, export(self.unique_id, path, where=where, order_by=order_by))

    def _show_value(self) -> None:
        """The whole value under the cursor."""
        self.query_one("#value", Static).update(self.table.value_line)

    @on(DataTable.CellHighlighted)
    def go_to_value(self, event: DataTable.CellHighlighted) -> None:
        """Show the value, and read more rows at the end of what was read."""
        if not self.table.display:
            return  # told of rows that were taken away since
        self._show_value()
        rows = len(self.table.shown_rows)
        if rows == self._limit < MOST and event.coordinate.row == rows - 1:
            self._limit = min(self._limit * 4, MOST)
            self.read()

    def action_copy_value(self) -> None:
        found = self.table.current_value if self.table.display else None
        if found is not None:
            host_of(self).copy(found[1] or "", found[0])


PLACEHOLDERS = {
    "where": "a SQL condition",
    "order-by": "columns",
    "export": "file.csv",
}
