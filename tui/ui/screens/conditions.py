"""Why automation conditions fired or did not: each asset's, as it was at the latest tick."""

from __future__ import annotations

from textual import on
from textual.content import Content

from tui.errors import DbtreeError
from tui.schedules.automation import ConditionView
from tui.schedules.condition_words import condition_lines, condition_words
from tui.text.formats import moment, plural
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.condition_sheet import condition_sheet
from tui.ui.rows import name_of
from tui.ui.rows.run_rows import TextSegments
from tui.ui.rows.segments import fit
from tui.ui.screens.records import RecordsScreen
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.state import WorkspaceState

NAME = 34
"""Cells of an asset's name at most."""


class ConditionsScreen(RecordsScreen):
    """The conditions that a sensor evaluates: a line for each asset, and its tree below."""

    BINDINGS = bindings_of("conditions")
    SCOPES = ("record-list", "conditions")
    WHERE = "automation > conditions"
    WAITING = "No condition was evaluated yet: turn the sensor on with space, or press m there."

    def __init__(self, sensor: str) -> None:
        """`sensor` is the name of what evaluates them."""
        super().__init__()
        self._sensor = sensor
        self._seen: object = None

    def begin(self) -> None:
        self._show_conditions()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """The sensor may have ticked."""
        super().watch_state(old, new)
        if new is not None and self.is_mounted and new.schedules is not self._seen:
            self._show_conditions()

    def _show_conditions(self) -> None:
        state = self.current
        self._seen = state.schedules
        try:
            found = self.dbtree.workspace.schedules.conditions(self._sensor)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return
        known = [view for view in found if view.asset in state.graph.assets]
        known.sort(key=lambda view: (not view.root.is_true, self._name_of(view.asset)))
        on_now = sum(view.root.is_true for view in known)
        note = f"{plural(len(known), 'asset')}, {on_now} true" if known else ""
        self.show_titles("Conditions", note)
        if not known:
            self.show_nothing(self.WAITING)
            return
        self.records.show_records(known, lambda view: view.asset)
        self.show_list()

    def _name_of(self, unique_id: str) -> str:
        return name_of(self.current, unique_id)

    def line(self, record: object, width: int) -> TextSegments:
        assert isinstance(record, ConditionView)
        is_true = record.root.is_true
        glyphs, style = self.dbtree.glyphs, "success" if is_true else "dim"
        sign = glyphs.node["success"] if is_true else glyphs.dot
        room = min(NAME, width // 2)
        said = f"{condition_words(record.root)}  {moment(record.changed_at, self.dbtree.clock())}"
        name = fit([(self._name_of(record.asset), "name")], room)
        return (
            (f" {sign} ", style), *name, ("  ", ""),
            *fit([(said, "dim")], max(width - room - 5, 1)),
        )  # fmt: skip

    def sheet(self, record: object, width: int) -> Content:
        assert isinstance(record, ConditionView)
        now = self.dbtree.clock()
        return condition_sheet(record, self._name_of, self.dbtree.glyphs, now=now, width=width)

    @property
    def situation(self) -> Situation:
        return Situation(readonly=self.current.project.readonly, on_runs=True)

    @on(RecordListView.Opened)
    def open_asset(self) -> None:
        """Show the page of the asset."""
        view = self.records.current
        if isinstance(view, ConditionView):
            self.dbtree.open_asset(view.asset)

    def action_copy_condition(self) -> None:
        view = self.records.current
        if isinstance(view, ConditionView):
            lines = condition_lines(view, self._name_of)
            self.dbtree.copy("\n".join(line.text for line in lines), "condition")
