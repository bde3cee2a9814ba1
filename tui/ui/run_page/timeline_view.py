"""The list of a timeline's rows, with its cursor, folds, zoom and order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import Any, ClassVar

from textual import events
from textual.message import Message

from tui.graph import AssetGraph
from tui.runs.values import NodeRun, Run
from tui.ui.commands import bindings_of
from tui.ui.rows.run_rows import TextSegments
from tui.ui.run_page.timeline import ORDERS, Timeline, asset_of, begin_of, end_of
from tui.ui.run_page.timeline_lines import Layout, layout_of, longest_name, timeline_line
from tui.ui.run_page.timeline_scale import SHORTEST, Scale, nice_end
from tui.ui.widgets.run_lists import STYLES, SegmentsView
from tui.workspace.state import WorkspaceState

ZOOM = 2.0
LARGE = 1000
"""Nodes from which on a run is ordered anew only some times a second while it goes on."""
STEP = 0.25
"""Part of what is seen by which a key scrolls along the time."""


class TimelineView(SegmentsView):
    """The assets and checks of one run, each with a bar for when it ran."""

    BINDINGS = bindings_of("timeline")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"runs--{name}" for name in (*STYLES, "critical", "waited", "grid")
    }

    class Opened(Message):
        """The user wants to see an asset or check in the tree."""

        def __init__(self, unique_id: str) -> None:
            super().__init__()
            self.unique_id = unique_id

    class Changed(Message):
        """The axis, or how the rows are ordered, is another."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.order = ORDERS[0]
        self.zoom = 1.0
        self.rows = Timeline(Run("", "queued"), AssetGraph())
        self.layout_of_lines = Layout(12, 0, 20)
        self.scale = Scale(0.0, 1.0, 20)
        self._run: Run | None = None
        self._state: WorkspaceState | None = None
        self._needs: Mapping[str, Set[str]] | None = None
        self._longest = ((AssetGraph(), 0), 12)
        """Cells of the longest name, and for which graph and how many nodes."""
        self._is_behind = False
        """Whether the run has gone on since the rows were made."""
        self._critical: Collection[str] = ()
        self._unfolded: set[str] = set()
        self._offset = 0.0
        """Seconds of the run to the left of what is seen."""
        self._follows_begun = True
        """Whether the cursor goes on with what began last; it does until it is moved."""
        self._follows_end = True
        """Whether what is seen of a run that goes on ends with now, where it is not all of it."""

    # -- what is shown --------------------------------------------------------

    def show_run(
        self,
        run: Run,
        state: WorkspaceState,
        needs: Mapping[str, Set[str]] | None,
        critical: Collection[str],
    ) -> None:
        """Show the nodes as they are now, with the cursor on the same one."""
        self._run, self._state = run, state
        self._needs, self._critical = needs, critical
        self._is_behind = run.is_active and len(run.nodes) > LARGE and len(self.rows) > 0
        if not self._is_behind:
            self.show_rows()
        self.spin(run.is_active)

    def show_rows(self) -> None:
        """Make the rows anew, with the cursor on the same one."""
        run, state = self._run, self._state
        if run is None or state is None:
            return
        key = self.current.unique_id if self.current and self.cursor else ""
        before = len(self.rows)
        self._is_behind = False
        self.rows = Timeline(
            run, state.graph, self._needs, self._critical, self._unfolded,
            order=self.order, now=self.clock(),
        )  # fmt: skip
        place = self.rows.place_of(key) if key else 0
        if run.is_active and self._follows_begun and self.order == ORDERS[0]:
            place = self.rows.last_begun
        self.cursor = place
        self._lay_out()
        if len(self.rows) != before:
            self.redraw()
        self.show_cursor()
        self.look_again()

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def current(self) -> NodeRun | None:
        """The node under the cursor."""
        return self.rows.node(self.cursor) if self.cursor < len(self.rows) else None

    def content(self, index: int) -> TextSegments:
        assert self._state is not None
        return timeline_line(
            self.rows[index], self._state, self.glyphs, self.layout_of_lines, self.scale,
            now=self.clock(),
        )  # fmt: skip

    def look_again(self) -> None:
        if self._is_behind:
            self.show_rows()
            return
        self._lay_out()
        super().look_again()

    def width_changed(self, width: int) -> None:
        self._lay_out()

    # -- the axis ---------------------------------------------------------------

    def _lay_out(self) -> None:
        """Share out the cells of the lines, and the time that they show, as it is now."""
        run, state = self._run, self._state
        if run is None or state is None or not self.is_attached:
            return
        known = (state.graph, len(run.nodes))
        if self._longest[0][0] is not known[0] or self._longest[0] != known:
            self._longest = (known, longest_name(run.nodes, state))
        layout = layout_of(self.line_width, self._longest[1])
        begin, whole = begin_of(run), self._whole
        seen = whole / self.zoom
        if run.is_active and self._follows_end and self.zoom > 1:
            self._offset = self.clock() - begin - seen
        self._offset = max(min(self._offset, whole - seen), 0.0)
        scale = Scale(begin + self._offset, seen, layout.bar, begin)
        if (layout, scale) != (self.layout_of_lines, self.scale):
            self.layout_of_lines, self.scale = layout, scale
            self.post_message(self.Changed())

    @property
    def _whole(self) -> float:
        """Seconds that the whole timeline shows."""
        run, state = self._run, self._state
        if run is None or state is None:
            return 1.0
        begin = begin_of(run)
        if not run.is_active:
            return max(end_of(run) - begin, SHORTEST)
        estimate = state.estimates.get(run.run_id)
        end = max(self.clock(), estimate.ends_at if estimate else 0.0)
        return nice_end(end - begin)

    def _zoom_to(self, zoom: float) -> None:
        whole = self._whole
        most = max(whole / (SHORTEST * 10), 1.0)
        middle = self._offset + whole / self.zoom / 2
        node = self.current
        if node is not None and self.rows[self.cursor].begun_at and self._run is not None:
            end = node.finished_at or self.clock()
            middle = (node.started_at + end) / 2 - begin_of(self._run)
        self.zoom = min(max(zoom, 1.0), most)
        self._follows_end = False
        self._offset = middle - whole / self.zoom / 2
        self._show_other_time()

    def _shift(self, part: float) -> None:
        seen = self._whole / self.zoom
        self._offset += seen * part
        self._follows_end = self._offset + seen >= self._whole
        self._show_other_time()

    def _show_other_time(self) -> None:
        self._lay_out()
        self.look_again()

    # -- keys -------------------------------------------------------------------

    def cursor_moved(self) -> None:
        self._follows_begun = self.cursor == self.rows.last_begun

    def action_timeline_unfold(self) -> None:
        """Show the checks of the asset; from there go to the first of them."""
        row = self.rows[self.cursor] if self.rows else None
        if row is None or not row.checks:
            return
        if row.is_unfolded:
            self.move_to(self.cursor + 1)
            return
        self._unfolded.add(row.node.unique_id)
        self._refold()

    def action_timeline_fold(self) -> None:
        """Fold the checks of the asset away; from one of them go to the asset."""
        row = self.rows[self.cursor] if self.rows else None
        if row is None:
            return
        if row.is_child:
            above = (i for i in range(self.cursor, -1, -1) if not self.rows.is_child(i))
            self.move_to(next(above, self.cursor))
            return
        self._unfolded.discard(row.node.unique_id)
        self._refold()

    def action_timeline_unfold_all(self) -> None:
        """Show the checks of all assets, or of none where all are shown."""
        with_checks = self.rows.with_checks
        self._unfolded = set() if with_checks <= self._unfolded else set(with_checks)
        self._refold()

    def _refold(self) -> None:
        key, top = self.current.unique_id if self.current else "", self._follows_begun
        self._follows_begun = False
        self.show_rows()
        self.move_to(self.rows.place_of(key))
        self._follows_begun = top
        self.redraw()

    def action_timeline_zoom_in(self) -> None:
        self._zoom_to(self.zoom * ZOOM)

    def action_timeline_zoom_out(self) -> None:
        self._zoom_to(self.zoom / ZOOM)

    def action_timeline_whole(self) -> None:
        """All of the run's time, following it while it goes on."""
        self.zoom, self._offset, self._follows_end = 1.0, 0.0, True
        self._show_other_time()

    def action_timeline_later(self) -> None:
        self._shift(STEP)

    def action_timeline_earlier(self) -> None:
        self._shift(-STEP)

    def action_timeline_order(self) -> None:
        """The next order of the rows."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._refold()
        self.post_message(self.Changed())

    def action_open_node(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(asset_of(self.current.unique_id)))

    def open_line(self) -> None:
        self.action_open_node()

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        event.stop()
        self._shift(STEP / 2)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        event.stop()
        self._shift(-STEP / 2)
