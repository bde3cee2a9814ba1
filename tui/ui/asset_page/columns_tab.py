"""The Columns tab: what is declared beside what the database has, the lineage of a column, and the
profile of all of them.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.values import ColumnRef
from tui.errors import DatabaseBusy, DbtreeError
from tui.protocol.messages import Inspected, Profiled
from tui.protocol.profiles import ColumnProfile
from tui.text.formats import human_duration, moment
from tui.ui.asset_page.column_lists import ColumnListView, ColumnTraceView, LinesOf
from tui.ui.asset_page.column_trace import kind_words, label_of, trace_lines
from tui.ui.asset_page.columns import ColumnRow, column_lines, column_rows, drift_words
from tui.ui.asset_page.profile import column_sheet, profile_lines, profiled_of, rows_words
from tui.ui.asset_page.tab import RETRY, AssetTab, waiting_words
from tui.ui.commands import bindings_of
from tui.ui.widgets.key_focus import has_keys
from tui.workspace.state import WorkspaceState

TICK = 0.2
"""Seconds between two looks of how long the counting takes."""
WIDE = 150
"""Cells from which on columns and lineage stand side by side."""


class ProfileScroll(VerticalScroll, can_focus=True):
    """All that was counted of one column."""

    BINDINGS = bindings_of("details")

    def compose(self) -> ComposeResult:
        yield Static(markup=False)


class ColumnsTab(AssetTab):
    """The columns of the asset."""

    def __init__(self, *arguments: Any, column: str = "", **options: Any) -> None:
        """`column` is the one that the cursor is put on, once it is known."""
        super().__init__(*arguments, **options)
        self._wanted = column
        self._declared: list[dict[str, Any]] | None = None
        self._inspected: Inspected | None = None
        self._note = Content("")
        self._drift = self._age = Content("")
        self._walk: list[ColumnRef] = []
        """The columns that were walked to from the one under the cursor; the last one is shown."""
        self._shown: ColumnRef | None = None
        self._at = ""
        """The column under the cursor."""
        self._shows_profile = False
        self._profile: Profiled | None = None
        self._profiles: dict[str, ColumnProfile] = {}
        self._counting_since = 0.0
        """When the profile was asked for, by the monotonic clock; 0 while it is not counted."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="drift")
        with Container(id="column-panes"):
            with Vertical(id="column-table"):
                yield Static(markup=False, id="column-heads")
                yield ColumnListView(glyphs=self.glyphs, clock=self.clock)
            with Vertical(id="trace-pane"):
                yield ColumnTraceView(glyphs=self.glyphs, clock=self.clock)
                yield ProfileScroll()

    def on_mount(self) -> None:
        self.query_one(ProfileScroll).display = False
        self._ticking = self.set_interval(TICK, self.show_heading, pause=True)

    @property
    def list_view(self) -> ColumnListView:
        """The columns."""
        return self.query_one(ColumnListView)

    @property
    def trace_view(self) -> ColumnTraceView:
        """The lineage of one of them."""
        return self.query_one(ColumnTraceView)

    @property
    def first_focus(self) -> Widget:
        return self.list_view

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        if before is None:
            self.workspace.trace_columns()
        graph_changed = before is None or before.graph.assets is not state.graph.assets
        built_changed = before is None or before.history.built.get(
            self.unique_id
        ) is not state.history.built.get(self.unique_id)
        if graph_changed or built_changed or before is None or before.engine is not state.engine:
            self.learn()
            if self._shows_profile:
                self.count()
        elif before.active is not state.active:
            self.show_columns()
        elif before.columns is not state.columns:
            self.show_columns() if not self.list_view.rows else self.show_trace()
        if before is None or before.columns is not state.columns:
            self.compile()

    @work(exclusive=True, group="compile")
    async def compile(self) -> None:
        """Have the SQL compiled with the database where that alone knows it."""
        await self.workspace.compile_for_columns(self.unique_id)

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
        self._age = Content("")
        built = self.state.history.built.get(self.unique_id)
        if self._inspected is not None and self._inspected.is_there:
            actual = self._inspected.columns
        elif self._inspected is None and built is not None and built.columns:
            actual = list(built.columns)
            at = moment(built.finished_at, self.clock())  # what is written once may not age
            self._age = Content.styled(f"  as of run {built.run_id}, {at}", "$dim")
        rows = self._with_traced(column_rows(self._declared, actual), is_whole=actual is not None)
        self._drift = drift_words(rows) if rows else Content.styled("No columns are known.", "$dim")
        self.show_heading()
        self.query_one("#trace-pane").display = bool(rows)
        if self.list_view.show_rows(rows, on=self._wanted, lines_of=self._lines_of):
            self._wanted = ""
        self.query_one("#column-heads", Static).update(Content.styled(self.list_view.heads, "$dim"))

    def show_heading(self) -> None:
        """What stands above the columns: how far they are as declared, what is being counted."""
        parts = [self._drift, Content("   "), self._note, self._age]
        if self._counting_since:
            spent = human_duration(time.monotonic() - self._counting_since)
            words = waiting_words(self.workspace.state) or f"counting · {spent} · esc stops"
            parts.append(Content.styled(f"   {words}", "$status-running"))
        elif self._shows_profile and self._profile is not None:
            parts.append(Content.styled(f"   profile of {rows_words(self._profile)}", "$dim"))
        self.query_one("#drift", Static).update(Content("").join(parts))

    def _with_traced(self, rows: list[ColumnRow], *, is_whole: bool) -> list[ColumnRow]:
        """Where the database does not say which columns there are, the SQL does."""
        traced = (self.state.columns or ColumnGraph()).assets.get(self.unique_id)
        if is_whole or traced is None:
            return rows
        known = {row.name.lower() for row in rows}
        return rows + [ColumnRow(name, "") for name in traced.names if name not in known]

    # ---------------------------------------------------------------- the lineage

    @on(ColumnListView.Highlighted)
    def follow_cursor(self) -> None:
        """The lineage is that of the column under the cursor."""
        if self._at != self.list_view.current:
            self._at, self._walk = self.list_view.current, []
        self.show_trace()

    def show_trace(self) -> None:
        """Show the lineage of the column under the cursor, or of the one that was walked to."""
        name = self.list_view.current
        if not name:
            return
        if self._profile is not None and self._shows_profile:
            self._show_column_profile(name, self._profile)
            return
        ref = self._walk[-1] if self._walk else ColumnRef(self.unique_id, name.lower())
        columns, graph = self.state.columns or ColumnGraph(), self.state.graph
        width = max(self.trace_view.scrollable_content_region.width, 20)
        lines = trace_lines(graph, columns, ref, self.glyphs, width=width)
        self.trace_view.show_lines(lines, anew=ref != self._shown)
        self._shown = ref
        kind = kind_words(columns.column(ref), graph, ref) if ref.asset in columns.assets else ""
        title = label_of(graph, ref) if self._walk else name
        self.query_one("#trace-pane").border_title = Content.assemble(
            title, (f" · {kind}" if kind else "", "$dim")
        )

    @on(ColumnListView.LineageWanted)
    def enter_trace(self) -> None:
        """Go into the lineage, or into the profile in its place."""
        (self.query_one(ProfileScroll) if self._has_profile else self.trace_view).focus()

    # ---------------------------------------------------------------- the profile

    @property
    def _has_profile(self) -> bool:
        """Whether a profile is shown."""
        return self._shows_profile and self._profile is not None

    @property
    def _lines_of(self) -> LinesOf:
        """What makes the lines of the list."""
        if not self._has_profile or self._profile is None:
            return column_lines
        return partial(
            profile_lines, profiles=self._profiles, counted=self._profile.rows,
            ascii_only=self.glyphs.dot.isascii(),
        )  # fmt: skip

    def action_profile(self) -> None:
        """Show the profile in the place of the lineage, or the lineage again."""
        self._shows_profile = not self._shows_profile
        if self._shows_profile:
            self.count()
        else:
            self._stop()
        self._show_profile()

    def _show_profile(self) -> None:
        """Show the profile, or what is shown without one."""
        pane, trace = self.query_one(ProfileScroll), self.trace_view
        had_keys = has_keys(pane) or has_keys(trace)
        pane.display, trace.display = self._has_profile, not self._has_profile
        if had_keys:
            self.list_view.focus()
        self._shown = None
        self.show_columns()
        self.show_trace()

    @work(exclusive=True, group="profile")
    async def count(self) -> None:
        """Have the database count what the columns hold; what is known already comes at once."""
        self._counting_since = time.monotonic()
        self._ticking.resume()
        self.show_heading()
        try:
            self._profile = await self.workspace.queries.profile(self.unique_id)
            self._profiles = profiled_of(self._profile)
            self._note = Content("")
        except DatabaseBusy as error:
            self._note = Content.styled(error.message, "$status-queued")
            self.set_timer(RETRY, self._count_again)
        except DbtreeError as error:
            self._shows_profile = self._profile is not None
            self._note = Content.styled(error.message, "$status-failed")
        finally:
            self._counting_since = 0.0
            self._ticking.pause()
        self._show_profile()

    def _count_again(self) -> None:
        """Ask a database again that was busy, if the profile is still wanted."""
        if self._shows_profile and not self._counting_since and self.is_attached:
            self.count()

    @work(group="stop")
    async def _stop(self) -> None:
        """Let the database stop counting."""
        if self._counting_since:
            await self.workspace.queries.stop(self.unique_id)

    def _show_column_profile(self, name: str, profile: Profiled) -> None:
        pane = self.query_one(ProfileScroll)
        one = self._profiles.get(name.lower())
        width = max(pane.scrollable_content_region.width, 20)
        sheet = column_sheet(one, profile, width=width, ascii_only=self.glyphs.dot.isascii())
        pane.query_one(Static).update(sheet)
        kind = f" · {one.type.lower()}" if one is not None else ""
        self.query_one("#trace-pane").border_title = Content.assemble(name, (kind, "$dim"))

    def begin_anew(self, state: WorkspaceState) -> None:
        self.workspace.queries.forget_profile(self.unique_id)
        super().begin_anew(state)

    @on(ColumnTraceView.Walked)
    def walk(self, event: ColumnTraceView.Walked) -> None:
        """Show the lineage of another column, or go back."""
        if event.ref is not None:
            self._walk.append(event.ref)
        elif self._walk:
            self._walk.pop()
        else:
            self.list_view.focus()
        self.show_trace()

    def leave(self) -> bool:
        if self._counting_since:
            self._stop()
            return True
        if has_keys(self.query_one(ProfileScroll)):
            self.list_view.focus()
            return True
        if self._shows_profile:
            self.action_profile()
            return True
        if self._walk or has_keys(self.trace_view):
            self._walk = []
            self.list_view.focus()
            self.show_trace()
            return True
        return False

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-side-by-side")
        self.call_after_refresh(self.show_columns)
