"""The list of all schedules and sensors, and the list of the ticks of one."""

from __future__ import annotations

from typing import Any

from textual.message import Message
from textual.reactive import reactive

from tui.schedules.sensor_values import SensorTick
from tui.schedules.values import Tick
from tui.schedules.views import AutomationView
from tui.ui.commands import bindings_of
from tui.ui.rows.schedule_rows import TextSegments, schedule_line, tick_line
from tui.ui.widgets.run_lists import SegmentsView
from tui.workspace.state import WorkspaceState


class ScheduleListView(SegmentsView):
    """All schedules, then all sensors, by name."""

    BINDINGS = bindings_of("schedule-list")
    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)

    class Entered(Message):
        """The user wants to see the ticks of what is under the cursor."""

    class Highlighted(Message):
        """The cursor is on another schedule, or the one under it is another."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._views: tuple[AutomationView, ...] = ()
        self._schedule_name = ""

    def watch_state(self, state: WorkspaceState | None) -> None:
        """Show the schedules as they are now, with the cursor on the same one."""
        if state is None or state.schedules.all is self._views:
            return
        self._views = state.schedules.all
        names = [view.name for view in self._views]
        self.cursor = names.index(self._schedule_name) if self._schedule_name in names else 0
        self.cursor_moved()
        self.redraw()

    @property
    def count(self) -> int:
        return len(self._views)

    @property
    def current(self) -> AutomationView | None:
        """What the cursor is on."""
        return self._views[self.cursor] if self.cursor < len(self._views) else None

    def cursor_moved(self) -> None:
        self._schedule_name = self.current.name if self.current else ""
        self.post_message(self.Highlighted())

    def action_show_ticks(self) -> None:
        self.post_message(self.Entered())

    def content(self, index: int) -> TextSegments:
        return schedule_line(
            self._views[index], self.glyphs, width=self.line_width, now=self.clock()
        )

    def open_line(self) -> None:
        self.action_show_ticks()


class TickListView(SegmentsView):
    """The latest ticks of one schedule, newest first."""

    BINDINGS = bindings_of("tick-list")

    class Opened(Message):
        """The user wants to see the run of a tick."""

        def __init__(self, run_id: str) -> None:
            super().__init__()
            self.run_id = run_id

    class Highlighted(Message):
        """The cursor is on another tick."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._view: AutomationView | None = None

    def show(self, view: AutomationView | None) -> None:
        """Show the ticks of a schedule or sensor."""
        if self._view is None or view is None or view.name != self._view.name:
            self.cursor = 0
        self._view = view
        self.redraw()

    @property
    def count(self) -> int:
        return len(self._view.ticks) if self._view else 0

    @property
    def current(self) -> Tick | SensorTick | None:
        """What the cursor is on."""
        ticks = self._view.ticks if self._view else ()
        return ticks[self.cursor] if self.cursor < len(ticks) else None

    def content(self, index: int) -> TextSegments:
        assert self._view is not None
        return tick_line(self._view.ticks[index], self._view, self.glyphs, width=self.line_width)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted())

    def action_open_tick(self) -> None:
        if self.current is not None and self.current.run_id:
            self.post_message(self.Opened(self.current.run_id))

    def open_line(self) -> None:
        self.action_open_tick()
