"""Every dbt command that dbtree issued or ran, with time, duration and outcome."""

from __future__ import annotations

from textual import on
from textual.content import Content

from tui.text.formats import human_duration, moment, plural
from tui.ui.commands import bindings_of
from tui.ui.panels.sheet import Sheet
from tui.ui.rows.issued_command_rows import command_line, is_going_on
from tui.ui.rows.run_rows import TextSegments
from tui.ui.screens.records import RecordsScreen
from tui.ui.widgets.record_list import RecordListView
from tui.workspace.command_log import IssuedCommand, all_commands
from tui.workspace.state import WorkspaceState


class CommandLogScreen(RecordsScreen):
    """All commands, the newest first."""

    BINDINGS = bindings_of("commands")
    SCOPES = ("record-list", "commands")
    WHERE = "commands"
    WAITING = "No dbt command was issued yet."
    _shown: tuple[object, ...] = ()

    def begin(self) -> None:
        self.show_titles("dbt commands")
        self.show_commands_issued()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """The engine was asked for something, or a run began or ended."""
        super().watch_state(old, new)
        if new is not None and self.is_mounted:
            self.show_commands_issued()

    def show_commands_issued(self) -> None:
        """Show them as they are now."""
        state = self.current
        shown = state.commands, state.runs, state.queue
        if self._shown and all(new is old for new, old in zip(shown, self._shown, strict=True)):
            return
        self._shown = shown
        found = all_commands(state.commands, state.runs, state.queue, self.dbtree.clock())
        self.show_titles("dbt commands", plural(len(found), "command") if found else "")
        if not found:
            self.show_nothing(self.WAITING)
            return
        self.records.show_records(found, lambda one: one.run_id or one.number)
        self.records.spin(any(map(is_going_on, found)))
        self.show_list()

    def line(self, record: object, width: int) -> TextSegments:
        assert isinstance(record, IssuedCommand)
        return command_line(record, self.dbtree.glyphs, width=width, now=self.dbtree.clock())

    def sheet(self, record: object, width: int) -> Content:
        assert isinstance(record, IssuedCommand)
        sheet = Sheet(width)
        sheet.paragraph(record.line, "bold")
        sheet.gap()
        sheet.field("Started", moment(record.at, self.dbtree.clock()))
        if not is_going_on(record):
            sheet.field("Took", human_duration(record.duration))
        sheet.field("Outcome", record.outcome)
        engine = "dbtree's engine, in this session"
        sheet.field("By", f"run {record.run_id}" if record.run_id else engine)
        return sheet.content()

    @property
    def command(self) -> IssuedCommand | None:
        """What the cursor is on."""
        found = self.records.current
        return found if isinstance(found, IssuedCommand) else None

    @on(RecordListView.Opened)
    def open_run(self) -> None:
        """Show the run of a command."""
        if self.command is not None and self.command.run_id:
            if any(plan.run_id == self.command.run_id for plan in self.current.queue):
                self.dbtree.tell("it waits, and has no page yet")
            else:
                self.dbtree.show_run(self.command.run_id)
        else:
            self.dbtree.tell("the engine did this without a run")

    def action_copy_issued(self) -> None:
        if self.command is not None:
            self.dbtree.copy(self.command.line, "dbt command")
