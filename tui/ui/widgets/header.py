"""The top line of every screen."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from tui.graph.summary import StatusCounts, count_statuses
from tui.ui.app_interface import host_of
from tui.ui.panels.headline import is_busy, top_line
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.workspace.state import WorkspaceState

SHOWN = (
    "project", "engine", "phase", "progress", "problems", "parsed_in", "graph", "warnings",
    "run_warnings",
)  # fmt: skip
"""The facts of the state that the line tells, beside the counts."""
SPIN = 1 / 4
"""Seconds between two pictures of what turns."""
COUNTING = 0.2
"""Seconds between two counts of all statuses while a run goes on and keys are pressed."""


def _doing(state: WorkspaceState) -> tuple[str, str] | None:
    """The run that goes on, and its status."""
    return (state.active.run_id, state.active.status) if state.active is not None else None


class Header(Widget):
    """Project, target, counts, phase."""

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)
    where: reactive[str] = reactive("")
    """The way to the screen that is shown, or that is about to be."""

    def __init__(
        self,
        *,
        where: str = "",
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.auto_links = False  # the badge keeps its own colours
        self.here = where
        """The way to this screen, for those below the first."""
        self.set_reactive(Header.where, where)
        self.glyphs = glyphs
        self.clock = clock
        self._counts = StatusCounts()
        self._spinning: Timer | None = None
        self._counting: Timer | None = None

    def on_mount(self) -> None:
        self._spinning = self.set_interval(SPIN, self.refresh, pause=True)
        self._spin()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Count again where statuses changed; turn only while something is running."""
        if new is not None and (old is None or old.statuses is not new.statuses):
            if new.active is None or old is None or not host_of(self).frame_pacing.is_lively:
                self.count()
            elif self._counting is None:
                # A key comes in between.
                self._counting = self.set_timer(COUNTING, self.count)
        if (
            old is None
            or new is None
            or any(getattr(old, name) is not getattr(new, name) for name in SHOWN)
            or _doing(old) != _doing(new)
        ):
            self.refresh()
        self._spin()

    def count(self) -> None:
        """Count the statuses."""
        if self._counting is not None:
            self._counting.stop()
            self._counting = None
        if self.state is not None:
            self._counts = count_statuses(self.state.statuses.values())
            self.refresh()

    def _spin(self) -> None:
        if self._spinning is not None and self.state is not None:
            if is_busy(self.state):
                self._spinning.reset()
                self.refresh()
            elif self.state.active is not None:
                self._spinning.resume()  # how far it is can wait for the next picture
            else:
                self._spinning.pause()

    def render(self) -> Content:
        if self.state is None:
            return Content("dbtree")
        return top_line(
            self.state,
            self._counts,
            self.glyphs,
            width=self.content_size.width,
            now=self.clock(),
            where=self.where,
            is_leaving=host_of(self).is_leaving,
        )
