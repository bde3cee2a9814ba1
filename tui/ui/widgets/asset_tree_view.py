"""The tree of assets: its cursor, its marks, and the keys that fold, filter and rearrange it.

Everything that can be folded, found or walked is in `tui.tree`; what a row says is in
`tui.ui.rows`; how lines are drawn and the cursor moves is in `LinesView`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from textual import events
from textual.message import Message
from textual.reactive import reactive, var
from textual.timer import Timer

from tui.graph.asset_graph import EMPTY
from tui.text.formats import plural
from tui.tree import AssetTree, Fold, Row, RowKind, Sort, View, has_groups
from tui.tree.limits import EVERYTHING, Limit
from tui.ui.background import beside
from tui.ui.commands import bindings_of
from tui.ui.rows import RowContent, draw, row_content
from tui.ui.rows.fitted_columns import FittedColumns
from tui.ui.rows.indentation import indentation
from tui.ui.rows.segments import TextSegment
from tui.ui.rows.tree_columns import GUTTER, Columns
from tui.ui.widgets.lines_view import LinesView
from tui.workspace.state import WorkspaceState

STYLES = (
    "name", "cursor-name", "selected", "dim", "faint", "guide", "fold", "mark", "match", "folder",
    "check", "edited", "upstream", "downstream", "never", "queued", "running", "fresh", "stale",
    "failed", "skipped", "checks-failed", "warned", "source", "ephemeral", "exposure",
    "git-modified", "git-added", "git-deleted", "git-renamed",
)  # fmt: skip
GROUNDS = ("cursor", "cursor-blurred", "marked")
ORDER_AFTER = 1.0
"""Seconds after which rows that are ordered by status move, while statuses change."""
ABOVE = 2
"""Rows that are shown above the first one that a selection lights."""
NO_TREE = AssetTree.of(EMPTY)


class AssetTreeView(LinesView):
    """The asset tree, line by line."""

    PREFIX = "asset-tree"
    BINDINGS = bindings_of("tree")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"asset-tree--{name}" for name in (*STYLES, *(f"on-{ground}" for ground in GROUNDS))
    }

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)
    asset_tree: var[AssetTree] = var(NO_TREE, always_update=True)

    class Highlighted(Message):
        """The cursor is on another row, or what it is on changed."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    class Opened(Message):
        """The user wants to see all about a row."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    class Rearranged(Message):
        """View, folds, filter, marks or the columns are others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.marks: frozenset[str] = frozenset()
        self._fitted = FittedColumns(self.glyphs, self._count_partitions)
        self._range: tuple[int, frozenset[str]] | None = None
        self._selected: frozenset[str] | None = None
        self.limit = EVERYTHING
        """What is shown, where that is not all."""
        self._ordering: Timer | None = None
        self._coming: tuple[View, Sort] | None = None
        """How the assets of a large project are being arranged, until they are."""
        self._key = ""
        self._lit: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    # ------------------------------------------------------------------ state

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Take a new state in: another graph moves rows, other statuses only repaint them."""
        if new is None:
            return
        if old is None or old.graph is not new.graph:
            tree = self.asset_tree.with_graph(new.graph, new.statuses, new.history)
            self.take_tree(self._limited(tree) if self.limit else tree)
        elif self.limit.of_branch and old.changed is not new.changed:
            self.take_tree(self._limited(self.asset_tree))
        elif old.statuses is not new.statuses and self._is_ordered_by_status:
            self._order_soon()
            self.look_again()
        else:
            self.look_again()
        if old is not None and old.armed is not new.armed:
            self._fit_columns()
            self.post_message(self.Rearranged())
        self.spin(new.active is not None)

    @property
    def _is_ordered_by_status(self) -> bool:
        tree = self.asset_tree
        return tree.view is View.STATUS or tree.sort is not Sort.NAME

    def _order_soon(self) -> None:
        """Put the rows into order again, but not so often that they jump about."""
        if self._ordering is None:
            self._ordering = self.set_timer(ORDER_AFTER, self._order_again)

    def _order_again(self) -> None:
        self._ordering = None
        if self._is_ordered_by_status:
            self._arrange(*self.arrangement, is_same=True)

    def take_tree(self, tree: AssetTree, *, cursor: int | None = None) -> None:
        """Show another tree, with the cursor on the same row, or the closest that is left."""
        before, self.asset_tree = self.asset_tree, tree
        if cursor is None:
            cursor = self._place_after(before, tree)
        self._range = None
        self._fit_columns()
        self.redraw()
        self.cursor = cursor
        self.cursor_moved()
        self.show_cursor()
        self.post_message(self.Rearranged())

    def _place_after(self, before: AssetTree, tree: AssetTree) -> int:
        """Where the cursor goes: its row, else the row that stood next to it, else what is left."""
        if not self._key or (before.graph.provisional and self.cursor == 0):
            return 0  # what stood first in a first look was chosen by nobody
        return tree.place_after(before, self.cursor, self._key)

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.asset_tree.row(self.cursor) if self.cursor < len(self.asset_tree) else None

    @property
    def chosen(self) -> tuple[str, ...]:
        """What a request is about: the marked assets, or the one under the cursor."""
        if self.marks:
            return tuple(sorted(self.marks))
        row = self.row
        return (row.unique_id,) if row and row.unique_id else ()

    def show(self, unique_id: str) -> bool:
        """Put the cursor on an asset or check, unfolding what hides it; False where it is gone."""
        tree = self.asset_tree.reveal(unique_id)
        index = tree.row_of(unique_id)
        if index is None:
            return False
        if tree.limit is None:
            self.limit = EVERYTHING
        if tree is not self.asset_tree:
            self.take_tree(tree, cursor=index)
        else:
            self.move_to(index)
        return True

    # ------------------------------------------------------------------- lines

    @property
    def count(self) -> int:
        return len(self.asset_tree)

    def cursor_moved(self) -> None:
        row = self.row
        self._key = row.key if row else ""
        graph = self.asset_tree.graph
        self._lit = (frozenset(), frozenset())
        if row is not None and row.unique_id in graph.assets:
            start = (row.unique_id,)
            self._lit = (frozenset(graph.ancestors(start)), frozenset(graph.descendants(start)))
        if self._range is not None:
            self._mark_range()
        self.post_message(self.Highlighted(row))

    def content(self, index: int) -> RowContent:
        row, state = self.asset_tree.row(index), self.state
        if state is None:
            return RowContent(row)
        content = self._content(index, row, state)
        tree, selected = self.asset_tree, self._selected
        if self.marks and (hidden := tree.visible.hidden_among(index, self.marks)):
            content = replace(content, hidden_marks=hidden)
        if selected is None:
            return content
        is_selected = row.unique_id in selected if row.unique_id else None
        hidden = tree.visible.hidden_among(index, selected)
        return replace(content, selected=is_selected, hidden_selected=hidden)

    def _content(self, index: int, row: Row, state: WorkspaceState) -> RowContent:
        upstream, downstream = self._lit
        lit = "upstream" if row.unique_id in upstream else ""
        inside = self.asset_tree.inside(index, state.statuses) if row.fold is Fold.CLOSED else None
        return row_content(
            row,
            state,
            self.glyphs,
            now=self.clock(),
            lit="downstream" if row.unique_id in downstream else lit,
            inside=inside,
            is_marked=row.unique_id in self.marks and row.kind is not RowKind.REFERENCE,
        )

    def segments(self, content: RowContent, *, is_cursor: bool) -> list[TextSegment]:
        return draw(content, self.columns, self.glyphs, is_cursor=is_cursor)

    def ground(self, content: RowContent) -> str:
        return "marked" if content.is_marked else ""

    def width_changed(self, width: int) -> None:
        self._fitted.width = width
        self._fit_columns()
        self.post_message(self.Rearranged())

    @property
    def columns(self) -> Columns:
        """The columns as they are drawn now."""
        return self._fitted.columns

    def _fit_columns(self) -> None:
        self._fitted.fit(self.asset_tree, self.state)

    def _count_partitions(self, count: Callable[[], None]) -> None:
        beside(self, count, self._show_bars, newest="partitions")

    def _show_bars(self, _: None) -> None:
        """Make room for the bars of partitions that were counted, and show them."""
        self._fit_columns()
        self.redraw()
        self.post_message(self.Rearranged())

    # ------------------------------------------------------------------ moving

    def action_cursor_in(self) -> None:
        row = self.row
        if row is not None and row.kind is RowKind.REFERENCE:
            self.show(row.unique_id)
            return
        tree = self.asset_tree
        if row is None:
            return
        if (deeper := tree.deeper(self.cursor)) is not tree:
            self.take_tree(deeper)
        elif (child := tree.visible.first_child(self.cursor)) is not None:
            self.move_to(child)

    def action_cursor_out(self) -> None:
        tree = self.asset_tree
        if not len(tree):
            return
        if (shallower := tree.shallower(self.cursor)) is not tree:
            self.take_tree(shallower)
        elif (parent := tree.visible.parent(self.cursor)) is not None:
            self.move_to(parent)

    def action_fold_all(self) -> None:
        if self.limit.focus:
            self.widen_focus(-1)
            return
        self.take_tree(self.asset_tree.fold_all())

    def action_unfold_all(self) -> None:
        self.take_tree(self.asset_tree.unfold_all())

    def action_next_match(self) -> None:
        if (index := self.asset_tree.visible.next_match(self.cursor)) is not None:
            self.move_to(index)

    def action_previous_match(self) -> None:
        if (index := self.asset_tree.visible.previous_match(self.cursor)) is not None:
            self.move_to(index)

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
        self.move_to(self.cursor + 1)

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
        return self.asset_tree.visible.assets_at(start, end)

    def action_mark_visible(self) -> None:
        visible = self._markable(0, len(self.asset_tree))
        self._mark(self.marks - visible if visible <= self.marks else self.marks | visible)

    def action_mark_inverse(self) -> None:
        self._mark(self.marks ^ self._markable(0, len(self.asset_tree)))

    def mark_all(self, unique_ids: Iterable[str]) -> None:
        """Mark exactly these; the cursor goes to the first of them unless it is on one."""
        marks = frozenset(unique_ids)
        self._range = None
        self._mark(marks)
        row = self.row
        if marks and not (row and row.unique_id in marks):
            first = self.asset_tree.visible.first_of(marks)
            if first is not None:
                self.move_to(first)

    def light(self, unique_ids: frozenset[str] | None) -> None:
        """Light what a selection selects, as it is typed; None ends it.

        The first of it is brought into sight where none is; the cursor stays.
        """
        if unique_ids is None and self._selected is not None:
            self.show_cursor()
        self._selected = unique_ids
        if unique_ids and not any(map(self._is_lit, self._in_sight)):
            first = self.asset_tree.visible.first_of(unique_ids)
            if first is not None:
                self.scroll_to(y=max(first - ABOVE, 0), animate=False, force=True)
        self.look_again()

    @property
    def _in_sight(self) -> range:
        top = int(self.scroll_target_y)
        return range(top, min(top + self.scrollable_content_region.height, self.count))

    def _is_lit(self, index: int) -> bool:
        content = self.content(index)
        return bool(content.selected or content.hidden_selected)

    def clear_marks(self) -> bool:
        """Unmark everything; whether there was something to unmark."""
        had = bool(self.marks) or self._range is not None
        self._range = None
        self._mark(frozenset())
        return had

    # ------------------------------------------------------- view, filter, mouse

    @property
    def arrangement(self) -> tuple[View, Sort]:
        """How the assets are arranged, or will be in a moment."""
        return self._coming or (self.asset_tree.view, self.asset_tree.sort)

    def cycle_view(self) -> None:
        """Go on to the next view that tells something of this project."""
        views = [view for view in View if has_groups(self.asset_tree.graph, view)]
        now = self.arrangement[0]
        here = views.index(now) if now in views else -1
        self.show_view(views[(here + 1) % len(views)])

    def show_view(self, view: View, sort: Sort | None = None) -> None:
        """Arrange the assets in another way; the cursor stays on its asset."""
        self._arrange(view, sort or self.arrangement[1])

    def _arrange(self, view: View, sort: Sort, *, is_same: bool = False) -> None:
        """Arrange the assets, those of a large project while keys are taken."""
        tree, state = self.asset_tree, self.state
        statuses, history = (state.statuses, state.history) if state else (None, None)

        def make() -> AssetTree:
            made = tree.with_view(view, sort, statuses, history)
            len(made)  # which rows there are is known with it
            return made

        def take(made: AssetTree) -> None:
            now, self._coming = self.asset_tree, None
            if made.graph is not now.graph:
                self._arrange(view, sort, is_same=is_same)
                return
            row = self.row
            shown = made if now is tree else now.arranged_as(made)
            here = shown.row_of(row.unique_id) if row and row.unique_id and not is_same else None
            self.take_tree(shown, cursor=here)

        if not tree.graph.is_large:
            take(make())
            return
        self._coming = (view, sort)
        self.post_message(self.Rearranged())
        beside(self, make, take, newest="arranging")

    def show_only(self, limit: Limit) -> None:
        """Show only a part of the assets, or all of them again."""
        self.limit = limit
        self.take_tree(self._limited(self.asset_tree))

    def widen_focus(self, step: int) -> None:
        """Show more of the neighbourhood, or less."""
        if (wider := self.limit.wider(step)) is not self.limit:
            self.show_only(wider)

    @property
    def limit_words(self) -> str:
        """What is shown alone, in words."""
        if self.limit.of_branch:
            git = self.state.git if self.state else None
            return f"what {(git.where if git else '') or 'the branch'} touches"
        assets = self.asset_tree.graph.assets
        names = [assets[key].name for key in self.limit.focus if key in assets]
        if len(names) == 2:
            return f"between {names[0]} and {names[1]}"
        return f"{plural(self.limit.hops, 'step')} around {names[0]}" if names else ""

    def _limited(self, tree: AssetTree) -> AssetTree:
        """A tree with only what is to be shown; the whole where that is gone."""
        shown = self.limit.shown(tree.graph, self.state.changed if self.state else ())
        if shown is None:
            self.limit = EVERYTHING
        return tree.limited(shown)

    def filter_by(self, text: str) -> None:
        """Show only what matches, with the cursor on the best match."""
        if text == self.asset_tree.filter_text:
            return
        tree = self.asset_tree.filtered(text)
        self.take_tree(tree, cursor=tree.best_match() if text else None)

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is None:
            return
        self.move_to(index)
        row = self.asset_tree.row(index)
        marker = GUTTER + len(indentation(row, self.glyphs, self.columns.name))
        on_marker = marker <= event.get_content_offset_capture(self).x < marker + 2
        if row.fold is not Fold.LEAF and on_marker:
            self.take_tree(self.asset_tree.toggle(row.key))
        elif event.chain == 2 and row.kind is RowKind.REFERENCE:
            self.show(row.unique_id)
        elif event.chain == 2:
            self.action_details()
