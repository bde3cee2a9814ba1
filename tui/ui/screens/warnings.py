"""dbt's warnings and deprecations, of the parses and of the latest runs, by kind."""

from __future__ import annotations

from textual import on
from textual.content import Content

from tui.protocol.records import DbtWarning
from tui.runs.warnings import WarningGroup, body_of, dbts_name, grouped
from tui.text.formats import plural
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.sheet import Sheet
from tui.ui.rows import gist, name_of
from tui.ui.rows.run_rows import TextSegments
from tui.ui.rows.segments import TextSegment, cut_middle, fit, size_of
from tui.ui.screens.records import RecordsScreen
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.state import WorkspaceState

PLACE = 34
"""Cells of a place."""


class WarningsScreen(RecordsScreen):
    """All warnings: a heading for each kind, and a line for each place."""

    BINDINGS = bindings_of("warnings")
    SCOPES = ("record-list", "warnings")
    WHERE = "warnings"
    WAITING = "dbt warns of nothing."
    _shown: tuple[object, object] | None = None

    def begin(self) -> None:
        self._show_warnings()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """A parse or a run may have warned of something else."""
        super().watch_state(old, new)
        if new is not None and self.is_mounted:
            self._show_warnings()

    def _show_warnings(self) -> None:
        state = self.current
        shown = state.warnings, state.run_warnings
        if shown == self._shown:
            return
        self._shown = shown
        groups = grouped((*state.warnings, *state.run_warnings))
        count = sum(len(group.warnings) for group in groups)
        note = f"{count:,} of {plural(len(groups), 'kind')}" if groups else ""
        self.show_titles("Warnings", note)
        if not groups:
            self.show_nothing(self.WAITING)
            return
        rows = [row for group in groups for row in (group, *group.warnings)]
        self.records.show_records(rows, lambda row: row)
        self.show_list()

    def line(self, record: object, width: int) -> TextSegments:
        if isinstance(record, WarningGroup):
            note = "  deprecated" if record.is_deprecation else ""
            count = f"  {len(record.warnings):,}"
            title: list[TextSegment] = [(record.title, "name"), (count, "dim"), (note, "warn")]
            return tuple(fit([(" ", ""), *title], width))
        assert isinstance(record, DbtWarning)
        place = self._place(record)
        words = gist(body_of(record.message))
        room = min(PLACE, width // 2)
        segments: list[TextSegment] = [
            ("   ", ""), *fit(cut_middle([(place, "command")], room), room), ("  ", ""),
        ]  # fmt: skip
        rest = max(width - size_of(segments), 1)
        return (*segments, *fit([(words, "dim")], rest))

    def _place(self, warning: DbtWarning) -> str:
        if warning.path:
            path = self.current.project.shown(warning.path)
            return f"{path}:{warning.line}" if warning.line else path
        return name_of(self.current, warning.unique_id) if warning.unique_id else "the project"

    def sheet(self, record: object, width: int) -> Content:
        sheet = Sheet(width)
        if isinstance(record, WarningGroup):
            sheet.line((record.title, "bold"), (f"  {dbts_name(record.kind)}", "$dim"))
            later = "A later dbt will refuse this." if record.is_deprecation else ""
            sheet.line((later, "$status-warned"))
            sheet.paragraph(body_of(record.warnings[0].message))
            return sheet.content()
        assert isinstance(record, DbtWarning)
        sheet.line((self._place(record), "bold"), (f"  {dbts_name(record.kind)}", "$dim"))
        sheet.gap()
        sheet.paragraph(body_of(record.message))
        return sheet.content()

    @property
    def warning(self) -> DbtWarning | None:
        """What the cursor is on; of a heading, its first one."""
        found = self.records.current
        if isinstance(found, WarningGroup):
            return found.warnings[0]
        return found if isinstance(found, DbtWarning) else None

    @property
    def situation(self) -> Situation:
        warning = self.warning
        return Situation(
            has_file=bool(warning and self._file(warning)),
            readonly=self.current.project.readonly,
            on_runs=True,
        )

    def _file(self, warning: DbtWarning) -> tuple[str, int] | None:
        """The file of a warning, or of the asset that it is about."""
        if warning.path:
            return warning.path, warning.line
        graph = self.current.graph
        node = graph.assets.get(warning.unique_id) or graph.checks.get(warning.unique_id)
        return (node.path, node.line) if node is not None and node.path else None

    @on(RecordListView.Opened)
    async def edit(self) -> None:
        """Open the file."""
        await self.action_warning_edit()

    async def action_warning_edit(self) -> None:
        place = self._file(self.warning) if self.warning is not None else None
        if place is None:
            self.dbtree.tell("dbt does not say which file this is about")
        else:
            await self.dbtree.edit(*place)

    def action_warning_copy(self) -> None:
        if self.warning is not None:
            place = f"{self._place(self.warning)}: " if self.warning.path else ""
            self.dbtree.copy(f"{place}{body_of(self.warning.message)}", "warning")
