"""The Lineage tab: the neighbourhood of the asset, walked with the arrows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.graph import AssetGraph, Status
from tui.text.formats import plural
from tui.ui.asset_page.lineage_layout import layers_of, neighbourhood
from tui.ui.asset_page.lineage_lines import Label, label_of, line_segments
from tui.ui.asset_page.lineage_map import LineageMap, draw_map
from tui.ui.asset_page.tab import AssetTab
from tui.ui.background import beside
from tui.ui.commands import bindings_of
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.workspace.state import WorkspaceState

STATUSES = tuple(status.value.replace(" ", "-") for status in Status)
STYLES = (
    "wire", "upstream", "downstream", "frame", "cursor", "focus", "name", "name-focus", "dim",
    "on-cursor", "on-focus", "on-box", "never", *STATUSES,
)  # fmt: skip
SPIN = 0.1
"""Seconds between two looks of what runs."""
MOST = 300
"""Boxes beyond which no more depth is drawn."""
MANY = 100
"""Boxes beyond which a map takes longer than a frame to draw."""
NEAR = Spacing(1, 16, 1, 16)
"""Cells around the cursor's box that are kept in sight."""
FAR = 100
"""A depth that reaches everything."""
LAYING_OUT = "laying out"
Drawing = tuple[AssetGraph, Mapping[str, int], LineageMap, dict[str, Label], bool]
"""Of which graph, the layer of each asset, the map, its labels, and whether these are short."""


class LineageMapView(ScrollView, can_focus=True):
    """Boxes and edges."""

    BINDINGS = bindings_of("lineage-map")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lineage--{name}" for name in STYLES}

    class Opened(Message):
        """The user wants the page of an asset."""

        def __init__(self, unique_id: str) -> None:
            super().__init__()
            self.unique_id = unique_id

    class Moved(Message):
        """The cursor is on another box, or the depth is another."""

    def __init__(
        self, focus_on: str, *, glyphs: Glyphs = UNICODE, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.focus_on = focus_on
        self.cursor = focus_on
        self.up = self.down = 2
        self.glyphs = glyphs
        self.clock = clock
        self.shown: Mapping[str, int] = {}
        self._state: WorkspaceState | None = None
        self._graph: AssetGraph | None = None
        self._map: LineageMap | None = None
        self._labels: dict[str, Label] = {}
        self._is_short = False
        self._strips: dict[int, Strip] = {}
        self._inks: dict[str, Style] = {}
        self._spinning: Timer | None = None

    def on_mount(self) -> None:
        self._spinning = self.set_interval(SPIN, self.look_again, pause=True)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._repaint(inks=True))

    # ---------------------------------------------------------------- the map

    def show_state(self, state: WorkspaceState) -> None:
        """Show the neighbourhood as it is now: laid out again only for another graph."""
        before, self._state = self._state, state
        if before is None or before.graph is not state.graph:
            self.lay_out()
        else:
            self.look_again()
        running = any(
            state.statuses[key].status is Status.RUNNING
            for key in self.shown
            if key in state.statuses
        )
        if self._spinning is not None:
            if running:
                self._spinning.resume()
            else:
                self._spinning.pause()

    def lay_out(self) -> None:
        """Find the neighbourhood and draw it to the size that there is; that of a hub is drawn
        while keys are taken.
        """
        state = self._state
        if state is None or self.focus_on not in state.graph.assets or not self.size.width:
            return
        shown = neighbourhood(state.graph, self.focus_on, self.up, self.down)
        while len(shown) > MOST and self.up > 1 and self._map is None:
            self.up = self.down = self.up - 1  # a hub comes with what is nearest
            shown = neighbourhood(state.graph, self.focus_on, self.up, self.down)
        make = partial(self._draw, state, shown, self.outer_size)
        if len(shown) <= MANY:
            self.workers.cancel_group(self, LAYING_OUT)
            self._take(make())
        else:
            beside(self, make, self._take, newest=LAYING_OUT)

    def _draw(self, state: WorkspaceState, shown: Mapping[str, int], room: Size) -> Drawing:
        """The map of a neighbourhood, with short labels where it is too wide with long ones."""
        layers = layers_of(state.graph, shown)
        for is_short in (False, True):
            labels = self._labels_of(state, shown, is_short=is_short)
            widths = {key: label.width for key, label in labels.items()}
            drawn = draw_map(layers, widths, is_tall=True)
            if drawn.height > room.height:
                drawn = draw_map(layers, widths, is_tall=False)
            if drawn.width <= room.width:
                break
        len(drawn.wires_of), len(drawn.edges)
        return state.graph, shown, drawn, labels, is_short

    def _take(self, drawing: Drawing) -> None:
        """Show what was drawn."""
        self._graph, self.shown, drawn, self._labels, self._is_short = drawing
        self._map = drawn
        if self.cursor not in drawn.boxes:
            self.cursor = self.focus_on
        self.virtual_size = Size(drawn.width, drawn.height)
        self._repaint()
        self.call_after_refresh(self.show_cursor, in_the_middle=True)
        self.post_message(self.Moved())

    def _labels_of(
        self, state: WorkspaceState, shown: Mapping[str, int], *, is_short: bool
    ) -> dict[str, Label]:
        now = self.clock()
        return {
            key: label_of(key, state, shown, self.glyphs, now=now, is_short=is_short)
            for key in shown
            if key in state.graph.assets
        }

    def look_again(self) -> None:
        """Draw the statuses again where they are others."""
        if self._state is None or self._map is None or self._graph is not self._state.graph:
            return
        labels = self._labels_of(self._state, self.shown, is_short=self._is_short)
        if labels != self._labels:
            self._labels = labels
            self._repaint()

    def _repaint(self, *, inks: bool = False) -> None:
        self._strips.clear()
        if inks:
            self._inks.clear()
        self.refresh()

    # ---------------------------------------------------------------- drawing

    @property
    def _margin(self) -> tuple[int, int]:
        """Where the map begins: in the middle where there is room."""
        if self._map is None:
            return 0, 0
        return (
            max((self.size.width - self._map.width) // 2, 0),
            max((self.size.height - self._map.height) // 2, 0),
        )

    def render_line(self, y: int) -> Strip:
        x_scroll, y_scroll = self.scroll_offset
        left, top = self._margin
        line = y + y_scroll - top
        width = self.size.width
        if self._map is None or not 0 <= line < self._map.height:
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(line)
        if strip is None:
            segments = line_segments(
                self._map, line, self._labels, cursor=self.cursor, focus=self.focus_on
            )
            blank = Segment(" " * left, self.rich_style)
            strip = Strip([blank, *(Segment(text, self._ink(style)) for text, style in segments)])
            self._strips[line] = strip
        return strip.crop_extend(x_scroll, x_scroll + width, self.rich_style)

    def _ink(self, names: str) -> Style:
        found = self._inks.get(names)
        if found is None:
            found = self.rich_style
            for name in names.split():
                found += self.get_component_rich_style(f"lineage--{name}", partial=True)
            self._inks[names] = found
        return found

    def on_resize(self) -> None:
        self.call_after_refresh(self.lay_out)

    # ----------------------------------------------------------------- cursor

    def move_to(self, key: str) -> None:
        """Put the cursor on a box, and bring it into sight."""
        if key != self.cursor:
            self.cursor = key
            self._repaint()
            self.post_message(self.Moved())
        self.show_cursor()

    def show_cursor(self, *, in_the_middle: bool = False) -> None:
        """Scroll as little as shows the box under the cursor and a bit of what is around it."""
        if self._map is not None and self.cursor in self._map.boxes:
            box = self._map.boxes[self.cursor]
            left, top = self._margin
            self.scroll_to_region(
                Region(box.x + left, box.y + top - 1, box.width, 3),
                spacing=NEAR,
                center=in_the_middle,
                animate=False,
                force=True,
            )

    def _step(self, across: int, along: int) -> None:
        if self._map is not None:
            self.move_to(self._map.step(self.cursor, across, along))

    def action_box_left(self) -> None:
        self._step(-1, 0)

    def action_box_right(self) -> None:
        self._step(1, 0)

    def action_box_up(self) -> None:
        self._step(0, -1)

    def action_box_down(self) -> None:
        self._step(0, 1)

    def action_open_box(self) -> None:
        if self.cursor != self.focus_on:
            self.post_message(self.Opened(self.cursor))

    def action_deeper(self) -> None:
        if len(self.shown) < MOST:
            self.up, self.down = min(self.up + 1, FAR), min(self.down + 1, FAR)
            self.lay_out()

    def action_shallower(self) -> None:
        self.up, self.down = max(self.up - 1, 1), max(self.down - 1, 1)
        self.lay_out()

    def on_click(self, event: events.Click) -> None:
        if self._map is None:
            return
        left, top = self._margin
        x, y = event.x + self.scroll_offset.x - left, event.y + self.scroll_offset.y - top
        for box in self._map.boxes.values():
            if box.x <= x < box.x + box.width and abs(box.y - y) <= self._map.is_tall:
                self.move_to(box.key)
                if event.chain == 2:
                    self.action_open_box()


class LineageTab(AssetTab):
    """The asset between its neighbours."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="depth")
        yield LineageMapView(self.unique_id, glyphs=self.glyphs, clock=self.clock)

    @property
    def map_view(self) -> LineageMapView:
        """The map."""
        return self.query_one(LineageMapView)

    @property
    def first_focus(self) -> Widget:
        return self.map_view

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        self.map_view.show_state(state)

    def on_lineage_map_view_moved(self) -> None:
        """Tell how far the map reaches."""
        view = self.map_view
        graph = self.state.graph
        all_of_it = (
            1 + len(graph.ancestors([self.unique_id])) + len(graph.descendants([self.unique_id]))
        )
        words: list[Any] = [
            (plural(len(view.shown), "asset"), "bold"),
            (f" of {all_of_it}" if len(view.shown) < all_of_it else "", "$dim"),
            (f"   {plural(view.up, 'step')} each way", "$dim"),
            ("   + deeper  - shallower  enter opens", "$dim"),
        ]
        self.query_one("#depth", Static).update(Content.assemble(*words))
