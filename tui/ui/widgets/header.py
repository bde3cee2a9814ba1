"""The top line of every screen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from tui.assets import Status
from tui.state import WorkspaceState
from tui.ui.glyphs import UNICODE, Glyphs
from tui.ui.headline import counts_of, is_busy, top_line


class Header(Widget):
    """Project, target, counts, phase."""

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True)
    where: reactive[str] = reactive("")
    """The way to this screen, for those below the first."""

    def __init__(
        self,
        *,
        where: str = "",
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.set_reactive(Header.where, where)
        self.glyphs = glyphs
        self.clock = clock
        self._counts: Counter[Status] = Counter()
        self._spinning: Timer | None = None

    def on_mount(self) -> None:
        self._spinning = self.set_interval(0.1, self.refresh, pause=True)
        self._spin()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Count anew where statuses changed; turn only while something is going on."""
        if new is not None and (old is None or old.statuses is not new.statuses):
            self._counts = counts_of(new)
        self._spin()

    def _spin(self) -> None:
        if self._spinning is not None and self.state is not None:
            if is_busy(self.state):
                self._spinning.resume()
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
        )
