"""The list of all runs."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.message import Message
from textual.reactive import reactive

from tui.runs.plan import RunPlan
from tui.runs.queue import full
from tui.runs.run_filter import matches
from tui.runs.values import Run
from tui.ui.app_interface import host_of
from tui.ui.commands import bindings_of
from tui.ui.rows.run_rows import TextSegments, plan_line, run_line
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.lines_view import LinesView
from tui.workspace.state import WorkspaceState

STYLES = (
    "name", "dim", "check", "command", "queued", "waiting", "running", "cancelling", "success",
    "pass", "no-op", "partial-success", "warn", "failed", "fail", "error", "runtime-error",
    "skipped", "cancelled", "interrupted", "on-cursor", "on-cursor-blurred",
)  # fmt: skip


class SegmentsView(LinesView):
    """Lines that are compared by what is drawn."""

    PREFIX = "runs"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"runs--{name}" for name in STYLES}

    @property
    def line_width(self) -> int:
        """Cells of a line."""
        return max(self.scrollable_content_region.width, 20)

    def segments(self, content: TextSegments, *, is_cursor: bool) -> list[TextSegment]:
        return list(content)

    def open_line(self) -> None:
        """What a double click does with the line under the cursor."""

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            self.move_to(index)
            if event.chain == 2:
                self.open_line()


class RunListView(SegmentsView):
    """All runs: waiting, active and finished, each of these newest first."""

    BINDINGS = bindings_of("run-list")
    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)

    class Opened(Message):
        """The user wants to see a run."""

        def __init__(self, run_id: str) -> None:
            super().__init__()
            self.run_id = run_id

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._items: list[RunPlan | Run] = []
        self._key = ""
        self.filter_text = ""
        """What a run that is shown must fit."""
        self.marked: tuple[str, ...] = ()
        """The ids of the runs that are marked to be compared, at most two."""

    def watch_state(self, state: WorkspaceState | None) -> None:
        """Show the runs as they are now, with the cursor on the same one."""
        if state is None:
            return
        before = len(self._items)
        plan, known = state.starting_plan, {run.run_id for run in state.runs}
        starting = [plan] if plan is not None and plan.run_id not in known else []
        shown = [run for run in state.runs if matches(run, self.filter_text)]
        going_on_first = sorted(shown, key=lambda run: not run.is_active)
        waiting = [] if self.filter_text else [*reversed(state.queue), *starting]
        self._items = [*waiting, *going_on_first]
        place = next((i for i, item in enumerate(self._items) if item.run_id == self._key), 0)
        if len(self._items) != before or place != self.cursor:
            self.cursor = place
            self.cursor_moved()
            self.redraw()
        else:
            self.look_again()
        self.spin(state.active is not None)

    def filter_by(self, text: str) -> None:
        """Show only the runs that fit; of an empty text all."""
        self.filter_text = text
        self.watch_state(self.state)

    @property
    def count(self) -> int:
        return len(self._items)

    @property
    def current(self) -> RunPlan | Run | None:
        """What the cursor is on."""
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    def cursor_moved(self) -> None:
        # On the newest the cursor stays on the newest, whatever comes.
        self._key = self.current.run_id if self.current and self.cursor else ""

    def content(self, index: int) -> TextSegments:
        item, now, width = self._items[index], self.clock(), self.line_width
        if isinstance(item, RunPlan):
            state = self.state
            is_starting = state is not None and state.starting == item.run_id
            waits = state is not None and state.waits_for_dbt and not is_starting
            held = "" if state is None else full(item, state.runs, state.project.concurrency)
            return plan_line(
                item, self.glyphs, width=width, now=now, waits_for_dbt=waits,
                is_starting=is_starting, waits_for=held,
            )  # fmt: skip
        line = run_line(item, self.glyphs, width=width, now=now)
        if item.run_id not in self.marked:
            return line
        (text, style), *rest = line
        return ((self.glyphs.mark, "name"), (text[1:], style), *rest)

    def action_mark_run(self) -> None:
        item = self.current
        if isinstance(item, Run):
            others = tuple(key for key in self.marked if key != item.run_id)
            self.marked = others if item.run_id in self.marked else (*others[-1:], item.run_id)
            self.action_cursor_down()
            self.look_again()
        elif item is not None:
            host_of(self).tell("a run that waits cannot be compared")

    def action_open_run(self) -> None:
        item = self.current
        if isinstance(item, Run):
            self.post_message(self.Opened(item.run_id))
        elif item is not None:
            host_of(self).tell("it waits, and has no page yet")

    def open_line(self) -> None:
        self.action_open_run()
