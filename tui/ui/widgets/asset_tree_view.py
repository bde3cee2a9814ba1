"""The tree of assets: draws only the rows that are visible, and moves among them.

Everything that can be folded, found or walked is in `tui.tree`; what a row says is in
`tui.ui.faces`. Here are the cursor, the marks, the scroll offset and the drawing of lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive, var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from tui.assets import Status
from tui.assets.graph import EMPTY
from tui.state import WorkspaceState
from tui.tree import AssetTree, Fold, Row, RowKind, Sort, View
from tui.ui.columns import Columns, columns_for
from tui.ui.commands import bindings_of
from tui.ui.faces import Face, draw, face_of
from tui.ui.glyphs import UNICODE, Glyphs

SPIN = 0.1
"""Seconds between two looks of what runs."""
AGING = 5.0
"""Seconds between two looks of the ages."""

STYLES = (
    "name", "cursor-name", "dim", "faint", "guide", "fold", "mark", "match", "folder", "check",
    "edited", "upstream", "downstream", "never", "queued", "running", "fresh", "stale", "failed",
    "skipped", "checks-failed", "warned", "source", "ephemeral", "exposure",
)  # fmt: skip
NO_TREE = AssetTree.of(EMPTY)
GROUNDS = ("cursor", "cursor-blurred", "marked")


class AssetTreeView(ScrollView, can_focus=True):
    """The asset tree, line by line."""

    BINDINGS = bindings_of("tree")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"asset-tree--{name}" for name in (*STYLES, *(f"on-{ground}" for ground in GROUNDS))
    }

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)
    asset_tree: var[AssetTree] = var(NO_TREE, always_update=True)
    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor stands on another row, or what it stands on changed."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    class Opened(Message):
        """The user wants to see all about a row."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    class Rearranged(Message):
        """View, folds, filter or marks are others."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.glyphs = glyphs
        self.clock = clock
        self.marks: frozenset[str] = frozenset()
        self._range: tuple[int, frozenset[str]] | None = None
        self._key = ""
        self._lines: dict[int, tuple[Face, bool, Strip]] = {}
        self._inks: dict[tuple[str, str], Style] = {}
        self._lit: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._columns = columns_for(60)
        self._spinning: Timer | None = None

    # ------------------------------------------------------------------ state

    def on_mount(self) -> None:
        self._spinning = self.set_interval(SPIN, self.look_again, pause=True)
        self.set_interval(AGING, self.look_again)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Take a new state in: another graph moves rows, other statuses only repaint them."""
        if new is None:
            return
        if old is None or old.graph is not new.graph:
            self.take_tree(self.asset_tree.with_graph(new.graph, new.statuses, new.history))
        else:
            self.look_again()
        if self._spinning is not None:
            if new.active is None:
                self._spinning.pause()
            else:
                self._spinning.resume()

    def take_tree(self, tree: AssetTree, *, cursor: int | None = None) -> None:
        """Show another tree, with the cursor on the same row, or the closest that is left."""
        self.asset_tree = tree
        self.virtual_size = Size(self.size.width, len(tree))
        if cursor is None:
            cursor = tree.nearest(self._key) if self._key else 0
        self._range = None
        self._move_to(cursor, force=True)
        self.redraw()
        self.post_message(self.Rearranged())

    # ----------------------------------------------------------------- cursor

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.asset_tree.row(self.cursor) if 0 <= self.cursor < len(self.asset_tree) else None

    @property
    def chosen(self) -> tuple[str, ...]:
        """What a wish is about: the marked assets, else the one under the cursor."""
        if self.marks:
            return tuple(sorted(self.marks))
        row = self.row
        return (row.unique_id,) if row and row.unique_id else ()

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.asset_tree) - 1))

    def _move_to(self, index: int, *, force: bool = False) -> None:
        before = self.cursor
        self.cursor = index
        row = self.row
        if row is not None and (force or row.key != self._key or before != self.cursor):
            self._key = row.key
            self._light(row)
            if self._range is not None:
                self._mark_range()
            self.post_message(self.Highlighted(row))
        elif row is None:
            self.post_message(self.Highlighted(None))
        self._show_cursor()
        self.look_again()

    def _show_cursor(self) -> None:
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = int(self.scroll_target_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def _light(self, row: Row) -> None:
        graph = self.asset_tree.graph
        if row.unique_id in graph.assets:
            start = (row.unique_id,)
            self._lit = (frozenset(graph.ancestors(start)), frozenset(graph.descendants(start)))
        else:
            self._lit = (frozenset(), frozenset())

    def show(self, unique_id: str) -> bool:
        """Put the cursor on an asset or check, unfolding what hides it; False where it is gone."""
        tree = self.asset_tree.reveal(unique_id)
        index = tree.row_of(unique_id)
        if index is None:
            return False
        if tree is not self.asset_tree:
            self.take_tree(tree, cursor=index)
        else:
            self._move_to(index)
        return True

    # ---------------------------------------------------------------- drawing

    def redraw(self) -> None:
        """Draw everything anew."""
        self._lines.clear()
        self._inks.clear()
        self.refresh()

    def look_again(self) -> None:
        """Draw anew those visible lines that would now look different."""
        if not self.is_attached or self.state is None:
            return
        top = self.scroll_offset.y
        for y in range(self.scrollable_content_region.height):
            index = top + y
            known = self._lines.get(index)
            if known is None or index >= len(self.asset_tree):
                continue
            if known[0] != self._face(index) or known[1] != (index == self.cursor):
                del self._lines[index]
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if self.state is None or index >= len(self.asset_tree):
            return Strip.blank(width, self.rich_style)
        is_cursor = index == self.cursor
        known = self._lines.get(index)
        if known is not None and known[1] == is_cursor:
            return known[2]
        face = self._face(index)
        strip = self._strip(face, is_cursor, width)
        if len(self._lines) > 500:
            self._lines.clear()
        self._lines[index] = (face, is_cursor, strip)
        return strip

    def _strip(self, face: Face, is_cursor: bool, width: int) -> Strip:
        ground = ""
        if is_cursor:
            ground = "cursor" if self.has_focus else "cursor-blurred"
        elif face.is_marked:
            ground = "marked"
        pieces = draw(face, self._columns, self.glyphs, is_cursor=is_cursor)
        segments = [Segment(text, self._style(name, ground)) for text, name in pieces if text]
        return Strip(segments).adjust_cell_length(width, self._style("", ground))

    def _style(self, name: str, ground: str) -> Style:
        found = self._inks.get((name, ground))
        if found is None:
            found = self.rich_style
            if name:
                found += self.get_component_rich_style(f"asset-tree--{name}", partial=True)
            if ground:
                found += self.get_component_rich_style(f"asset-tree--on-{ground}", partial=True)
            self._inks[name, ground] = found
        return found

    def _face(self, index: int) -> Face:
        row = self.asset_tree.row(index)
        state = self.state
        assert state is not None
        lit = ""
        if row.unique_id in self._lit[0]:
            lit = "upstream"
        elif row.unique_id in self._lit[1]:
            lit = "downstream"
        inside = self.asset_tree.inside(index, state.statuses) if row.fold is Fold.CLOSED else None
        return face_of(
            row,
            state,
            self.glyphs,
            now=self.clock(),
            lit=lit,
            inside=inside,
            is_marked=row.unique_id in self.marks and row.kind is not RowKind.REFERENCE,
        )

    @property
    def columns(self) -> Columns:
        """The columns as they are drawn now."""
        return self._columns

    def on_resize(self, event: events.Resize) -> None:
        self._columns = columns_for(self.scrollable_content_region.width)
        self.virtual_size = Size(self.size.width, len(self.asset_tree))
        self.redraw()
        self._show_cursor()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    # ------------------------------------------------------------------ moving

    def action_cursor_down(self) -> None:
        self._move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        self._move_to(self.cursor - 1)

    def _page(self, part: float) -> int:
        return max(1, int(self.scrollable_content_region.height * part) - 1)

    def action_page_down(self) -> None:
        self._move_to(self.cursor + self._page(1))

    def action_page_up(self) -> None:
        self._move_to(self.cursor - self._page(1))

    def action_half_page_down(self) -> None:
        self._move_to(self.cursor + self._page(0.5))

    def action_half_page_up(self) -> None:
        self._move_to(self.cursor - self._page(0.5))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self.asset_tree) - 1)

    def action_cursor_in(self) -> None:
        row = self.row
        if row is not None and row.kind is RowKind.REFERENCE:
            self.show(row.unique_id)
            return
        deeper = self.asset_tree.deeper(self.cursor) if len(self.asset_tree) else self.asset_tree
        if deeper is not self.asset_tree:
            self.take_tree(deeper)
        elif (child := self.asset_tree.first_child(self.cursor)) is not None:
            self._move_to(child)

    def action_cursor_out(self) -> None:
        shallower = (
            self.asset_tree.shallower(self.cursor) if len(self.asset_tree) else self.asset_tree
        )
        if shallower is not self.asset_tree:
            self.take_tree(shallower)
        elif (parent := self.asset_tree.parent(self.cursor)) is not None:
            self._move_to(parent)

    def action_fold_all(self) -> None:
        self.take_tree(self.asset_tree.fold_all())

    def action_unfold_all(self) -> None:
        self.take_tree(self.asset_tree.unfold_all())

    def action_next_match(self) -> None:
        if (index := self.asset_tree.next_match(self.cursor)) is not None:
            self._move_to(index)

    def action_previous_match(self) -> None:
        if (index := self.asset_tree.previous_match(self.cursor)) is not None:
            self._move_to(index)

    def action_details(self) -> None:
        row = self.row
        if row is None:
            return
        if row.kind in (RowKind.FOLDER, RowKind.HEADER):
            self.take_tree(self.asset_tree.toggle(row.key))
        else:
            self.post_message(self.Opened(row))

    # ------------------------------------------------------------------- marks

    def _mark(self, marks: frozenset[str]) -> None:
        self.marks = marks
        self.look_again()
        self.post_message(self.Rearranged())

    def action_mark(self) -> None:
        row = self.row
        if row is not None and row.unique_id:
            self._mark(self.marks ^ {row.unique_id})
        self._move_to(self.cursor + 1)

    def action_mark_range(self) -> None:
        if self._range is None:
            self._range = (self.cursor, self.marks)
            self._mark_range()
        else:
            self._range = None

    def _mark_range(self) -> None:
        if self._range is not None:
            start, before = self._range
            low, high = sorted((start, self.cursor))
            self._mark(before | self._markable(low, high + 1))

    def _markable(self, start: int, end: int) -> frozenset[str]:
        rows = (self.asset_tree.row(index) for index in range(start, end))
        return frozenset(
            row.unique_id for row in rows if row.kind is RowKind.ASSET and not row.is_context
        )

    def action_mark_visible(self) -> None:
        visible = self._markable(0, len(self.asset_tree))
        self._mark(self.marks - visible if visible <= self.marks else self.marks | visible)

    def clear_marks(self) -> bool:
        """Unmark everything; whether there was something to unmark."""
        had = bool(self.marks) or self._range is not None
        self._range = None
        self._mark(frozenset())
        return had

    # ------------------------------------------------------- view, filter, mouse

    def cycle_view(self) -> None:
        """Go on to the next view: lineage, folders."""
        views = (View.LINEAGE, View.FOLDERS)
        here = views.index(self.asset_tree.view) if self.asset_tree.view in views else -1
        self.show_view(views[(here + 1) % len(views)])

    def show_view(self, view: View) -> None:
        """Arrange the assets in another way; the cursor stays on its asset."""
        row = self.row
        state = self.state
        statuses, history = (state.statuses, state.history) if state else (None, None)
        tree = self.asset_tree.with_view(view, Sort.NAME, statuses, history)
        self.take_tree(tree, cursor=tree.row_of(row.unique_id) if row and row.unique_id else None)

    def filter_by(self, text: str) -> None:
        """Show only what matches, with the cursor on the best match."""
        tree = self.asset_tree.filtered(text)
        self.take_tree(tree, cursor=tree.best_match() if text else None)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self.scroll_offset.y + offset.y
        if not 0 <= index < len(self.asset_tree):
            return
        self._move_to(index)
        row = self.asset_tree.row(index)
        at_marker = 2 + 2 * row.depth
        if row.fold is not Fold.LEAF and (
            event.chain == 2 or at_marker <= offset.x < at_marker + 2
        ):
            self.take_tree(self.asset_tree.toggle(row.key))
        elif event.chain == 2 and row.kind is RowKind.REFERENCE:
            self.show(row.unique_id)
        elif event.chain == 2:
            self.post_message(self.Opened(row))

    def is_running(self, unique_id: str) -> bool:
        """Whether an asset is being built at this moment."""
        found = self.state.statuses.get(unique_id) if self.state else None
        return found is not None and found.status is Status.RUNNING
