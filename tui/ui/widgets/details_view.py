"""The details of what is under the cursor: first what is known, a moment later the rest."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events, work
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer

from tui.errors import DbtreeError
from tui.graph import Status
from tui.protocol.messages import Described
from tui.tree import Row, RowKind
from tui.ui.commands import bindings_of
from tui.ui.panels.details import describe_row
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.ui.widgets.sheet_view import SheetView
from tui.workspace.state import WorkspaceState

SETTLED = 0.12
"""Seconds that the cursor rests before the engine is asked about an asset."""
AGING = 1.0
"""Seconds between two looks of the ages."""
TICK = 0.5
"""Seconds between two looks of what runs."""
KEPT = 200
"""Descriptions that are kept while the graph stays the same."""

Describe = Callable[[str], Awaitable[Described]]


class DetailsView(SheetView):
    """All about one asset or check."""

    BINDINGS = bindings_of("details")

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)
    row: reactive[Row | None] = reactive(None, repaint=False)

    def __init__(
        self,
        describe: Describe,
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._describe = describe
        self.glyphs = glyphs
        self.clock = clock
        self._facts: dict[str, dict[str, Any]] = {}
        self._settling: Timer | None = None
        self._ticking: Timer | None = None
        self._shown: tuple[int, list[Content]] | None = None
        """The width and the lines that are shown."""

    def on_mount(self) -> None:
        self.set_interval(AGING, self.render_sheet)
        self._ticking = self.set_interval(TICK, self.render_sheet, pause=True)

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Forget what another graph made wrong, and show what is new."""
        if new is None:
            return
        if old is None or old.graph is not new.graph or old.engine is not new.engine:
            self._facts.clear()
            self._ask_soon()
        if old is None or self._shown_for(old) != self._shown_for(new):
            self.render_sheet()

    def _shown_for(self, state: WorkspaceState) -> tuple[object, ...]:
        """What of a state the sheet tells: while a run is active, most that is new is elsewhere."""
        key = self.row.unique_id if self.row else ""
        history, checks = state.history, state.graph.checks_of.get(key, ())
        return (
            state.graph,
            state.statuses.get(key),
            history.built.get(key),
            history.latest.get(key),
            [history.checks.get(check) for check in (key, *checks)],
            state.freshness.get(key),
        )

    def watch_row(self, old: Row | None, new: Row | None) -> None:
        """Show another row from its top; the same row again keeps where one reads."""
        title = Content(new.label) if new else Content("")
        self.border_title = title
        if (old.unique_id if old else "") != (new.unique_id if new else ""):
            self.scroll_home(animate=False)
        self.render_sheet()
        self._ask_soon()

    def render_sheet(self) -> None:
        """Write the sheet again."""
        if not self.is_mounted or self.state is None or not self.display:
            return
        width = self.scrollable_content_region.width
        if not width:
            return  # it is written when its width is known
        row = self.row
        found = self.state.statuses.get(row.unique_id) if row else None
        if self._ticking is not None:
            if found is not None and found.status is Status.RUNNING:
                self._ticking.resume()
            else:
                self._ticking.pause()
        lines = describe_row(
            row,
            self.state,
            self._facts.get(row.unique_id) if row else None,
            self.glyphs,
            width=width,
            now=self.clock(),
        )
        if self._shown is None or not _same(self._shown, (width, lines)):
            self._shown = width, lines
            self.show_lines(lines)

    def on_resize(self, event: events.Resize) -> None:
        self.render_sheet()

    def _ask_soon(self) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED, self._ask)

    def _ask(self) -> None:
        row = self.row
        if (
            row is not None
            and row.unique_id
            and row.unique_id not in self._facts
            and row.kind not in (RowKind.FOLDER, RowKind.HEADER)
            and self.state is not None
            and self.state.engine is not None
        ):
            self._learn(row.unique_id)

    @work(exclusive=True, group="describe")
    async def _learn(self, unique_id: str) -> None:
        try:
            described = await self._describe(unique_id)
        except DbtreeError:
            return  # while the engine is busy or gone, what the state knows is what there is
        if len(self._facts) > KEPT:
            self._facts.clear()
        self._facts[unique_id] = described.facts
        if self.row is not None and self.row.unique_id == unique_id:
            self.render_sheet()


def _same(one: tuple[int, list[Content]], other: tuple[int, list[Content]]) -> bool:
    """Whether the same lines, in the same styles, fill the same width."""
    return (
        one[0] == other[0]
        and len(one[1]) == len(other[1])
        and all(map(Content.is_same, one[1], other[1]))
    )
