"""The runs screen: waiting, active and finished runs."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.runs.plan import RunPlan
from tui.runs.run_filter import FORMS
from tui.runs.values import Run
from tui.text.formats import plural
from tui.text.terminal_text import plain_line
from tui.ui.commands import Situation, bindings_of
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.run_lists import RunListView
from tui.ui.widgets.search_line import SearchLine
from tui.workspace.state import WorkspaceState

AGAIN = frozenset({"failed", "error", "cancelled", "interrupted"})
"""Statuses of runs of which something may be run again."""


class RunsScreen(WorkspaceScreen):
    """All runs, newest first."""

    BINDINGS = bindings_of("runs")
    SCOPES = ("run-list", "runs")
    CSS_PATH = "../runs.tcss"

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        yield Header(where="runs", glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Vertical(id="pane"):
            yield SearchLine("/", placeholder=FORMS, id="filter")
            yield RunListView(glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
            yield Static(
                Content.styled("Nothing has run yet. Press 1 to go back to the assets.", "$dim"),
                id="nothing",
            )
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#filter").display = False
        self.query_one(RunListView).focus()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Tell how many there are."""
        if new is None or not self.is_mounted:
            return
        is_empty = not (new.runs or new.queue or new.starting)
        self.query_one("#nothing").display = is_empty
        runs = self.query_one(RunListView)
        runs.display = not is_empty
        if not is_empty and self.focused is None:
            runs.focus()  # a hidden list loses the keys
        self._show_title(new)
        self.show_commands()

    def _show_title(self, state: WorkspaceState) -> None:
        """How many runs there are; and how many of them are shown."""
        runs = self.query_one(RunListView)
        words = plural(len(state.runs), "run")
        parts: list[Content | tuple[str, str]] = [Content("Runs"), (f" · {words}", "$dim")]
        if runs.filter_text:
            parts = [
                Content("Runs"), (f" · {runs.count:,} of {words}", "$dim"),
                (f" · /{plain_line(runs.filter_text)}", "$match"),
            ]  # fmt: skip
        self.query_one("#pane").border_title = Content.assemble(*parts)

    def action_filter_runs(self, text: str = "") -> None:
        """Type what is shown."""
        runs = self.query_one(RunListView)
        if text:
            runs.filter_by(text)
        self.query_one("#filter", SearchLine).open(runs.filter_text)

    @on(SearchLine.Changed, "#filter")
    def filter_runs(self, event: SearchLine.Changed) -> None:
        """The list follows each letter."""
        event.stop()
        runs = self.query_one(RunListView)
        runs.filter_by(event.text)
        self.query_one("#filter", SearchLine).count(f"{runs.count:,}" if event.text else "")
        self._show_title(self.current)
        self.show_commands()

    @on(SearchLine.Closed, "#filter")
    def end_filter(self, event: SearchLine.Closed) -> None:
        """Enter keeps what is filtered, esc shows everything again."""
        event.stop()
        runs = self.query_one(RunListView)
        if not event.kept:
            runs.filter_by("")
            self._show_title(self.current)
        self.query_one("#filter").display = False
        runs.focus()

    @property
    def situation(self) -> Situation:
        current = self.query_one(RunListView).current
        return Situation(
            running=isinstance(current, RunPlan) or (current is not None and current.is_active),
            queued=isinstance(current, RunPlan),
            failed=isinstance(current, Run) and current.status in AGAIN,
            readonly=self.current.project.readonly,
            on_runs=True,
        )

    @property
    def run_id(self) -> str:
        """The run under the cursor."""
        current = self.query_one(RunListView).current
        return current.run_id if current else ""

    @on(RunListView.Opened)
    def open_run(self, event: RunListView.Opened) -> None:
        """Show the page of a run."""
        self.dbtree.show_run(event.run_id)

    def action_run_page_again(self) -> None:
        self.dbtree.run_again(self.run_id)

    def action_run_page_cancel(self) -> None:
        self.dbtree.workspace.cancel(self.run_id)

    def action_compare_runs(self) -> None:
        """The marked runs, else the one under the cursor with a marked or a good one."""
        from tui.ui.screens.compare import CompareScreen

        marked = self.query_one(RunListView).marked
        current = self.query_one(RunListView).current
        if isinstance(current, RunPlan) and len(marked) < 2:
            self.dbtree.tell("a run that waits cannot be compared")
            return
        first, second = (*marked, "", "")[:2]
        if not second:
            first, second = self.run_id, first if first != self.run_id else ""
        if first:
            self.app.push_screen(CompareScreen(first, second))

    def action_queue_up(self) -> None:
        self._move_queued(+1)

    def action_queue_down(self) -> None:
        self._move_queued(-1)

    def _move_queued(self, steps: int) -> None:
        """The next run is lowest of those that wait: up is later."""
        current = self.query_one(RunListView).current
        if not isinstance(current, RunPlan):
            self.dbtree.tell("only a run that waits can be moved")
            return
        waiting = [plan.run_id for plan in self.current.queue]
        place = waiting.index(current.run_id) if current.run_id in waiting else -1
        if place < 0:
            self.dbtree.tell("it is starting already")
        elif steps < 0 and place == 0:
            self.dbtree.tell("it is the next to start already")
        elif steps > 0 and place == len(self.current.queue) - 1:
            self.dbtree.tell("it is the last to start already")
        else:
            self.dbtree.workspace.move(current.run_id, steps)

    def action_run_page_copy(self) -> None:
        current = self.query_one(RunListView).current
        if current is not None:
            line = current.dbt_line if isinstance(current, RunPlan) else current.command
            self.dbtree.copy(line, "dbt command")

    def action_close(self) -> None:
        runs = self.query_one(RunListView)
        if runs.filter_text:
            runs.filter_by("")
            self._show_title(self.current)
            return
        self.dbtree.action_show_assets()
