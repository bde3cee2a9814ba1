"""The Columns tab: what is declared, beside what the database has."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.errors import DatabaseBusy, DbtreeError
from tui.protocol.messages import Inspected
from tui.text.formats import human_age
from tui.ui.asset_page.columns import column_rows, columns_sheet, drift_words
from tui.ui.asset_page.tab import RETRY, AssetTab, waiting_words
from tui.ui.commands import bindings_of
from tui.workspace.state import WorkspaceState


class ColumnsScroll(VerticalScroll):
    """What scrolls."""

    BINDINGS = bindings_of("details")


class ColumnsTab(AssetTab):
    """The columns of the asset."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="drift")
        with ColumnsScroll(can_focus=True):
            yield Static(markup=False, id="columns")

    def on_mount(self) -> None:
        self._declared: list[dict[str, Any]] | None = None
        self._inspected: Inspected | None = None
        self._note = Content("")

    @property
    def first_focus(self) -> Widget:
        return self.query_one(ColumnsScroll)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        graph_changed = before is None or before.graph is not state.graph
        built_changed = before is None or before.history.built.get(
            self.unique_id
        ) is not state.history.built.get(self.unique_id)
        if graph_changed or built_changed or before is None or before.engine is not state.engine:
            self.learn()
        elif before.active is not state.active:
            self.show_columns()

    @work(exclusive=True)
    async def learn(self) -> None:
        """Ask dbt what is declared, and the database what there is."""
        with suppress(DbtreeError):  # without an engine there are the columns as recorded
            self._declared = (await self.workspace.queries.describe(self.unique_id)).facts[
                "columns"
            ]
        self._note = Content.styled(waiting_words(self.workspace.state), "$status-queued")
        self.show_columns()
        asset = self.state.graph.assets.get(self.unique_id)
        if asset is None or not asset.relation:
            return
        try:
            self._inspected = await self.workspace.queries.inspect(self.unique_id)
            self._note = Content("")
            if not self._inspected.is_there:
                self._note = Content.styled(f"{asset.relation} does not exist", "$status-stale")
        except DatabaseBusy as error:
            self._note = Content.styled(error.message, "$status-queued")
            self.set_timer(RETRY, self.learn)
        except DbtreeError as error:
            self._note = Content.styled(error.message, "$status-failed")
        self.show_columns()

    def show_columns(self) -> None:
        """Show what is known."""
        actual: list[Any] | None = None
        note = self._note
        built = self.state.history.built.get(self.unique_id)
        if self._inspected is not None and self._inspected.is_there:
            actual = self._inspected.columns
        elif self._inspected is None and built is not None and built.columns:
            actual = list(built.columns)
            age = human_age(self.clock() - built.finished_at)
            note += Content.styled(f"  as of run {built.run_id}, {age} ago", "$dim")
        rows = column_rows(self._declared, actual)
        width = max(self.query_one(ColumnsScroll).scrollable_content_region.width - 1, 30)
        words = drift_words(rows) if rows else Content.styled("No columns are known.", "$dim")
        self.query_one("#drift", Static).update(words + "   " + note)
        self.query_one("#columns", Static).update(
            columns_sheet(rows, width=width) if rows else Content("")
        )

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_columns)
