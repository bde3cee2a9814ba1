"""The two lists of the Columns tab: the columns, and the lineage of the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from textual import events
from textual.message import Message

from tui.column_lineage.values import ColumnRef
from tui.ui.asset_page.column_trace import TraceLine
from tui.ui.asset_page.columns import ColumnLine, ColumnRow, column_lines
from tui.ui.commands import bindings_of
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.lines_view import LinesView

COLUMN_STYLES = (
    "name", "dim", "type", "plain", "fresh", "stale", "failed", "on-cursor", "on-cursor-blurred",
)  # fmt: skip
TRACE_STYLES = (
    "name", "dim", "plain", "computed", "failed", "head", "upstream", "downstream", "on-cursor",
    "on-cursor-blurred",
)  # fmt: skip


class LinesOf(Protocol):
    """Makes heads and lines of columns."""

    def __call__(
        self, rows: Sequence[ColumnRow], /, *, width: int
    ) -> tuple[str, list[ColumnLine]]: ...


class ColumnListView(LinesView):
    """The columns of an asset: the cursor goes from column to column, over wrapped lines."""

    PREFIX = "columns"
    BINDINGS = bindings_of("column-list")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"columns--{name}" for name in COLUMN_STYLES}

    class Highlighted(Message):
        """The cursor is on another column."""

    class LineageWanted(Message):
        """The user wants to go into the lineage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rows: Sequence[ColumnRow] = ()
        self.heads = ""
        self._lines: list[ColumnLine] = []

    def show_rows(
        self, rows: Sequence[ColumnRow], *, on: str = "", lines_of: LinesOf = column_lines
    ) -> bool:
        """Show these columns, with the cursor on the same one (or `on` that of this name); whether
        there is one of that name.
        """
        name = (on or self.current).lower()
        self.rows = rows
        width = max(self.scrollable_content_region.width, 20)
        self.heads, self._lines = lines_of(rows, width=width) if rows else ("", [])
        place = next((i for i, row in enumerate(rows) if row.name.lower() == name), None)
        before, self.cursor = self.cursor, self._first_line(place or 0)
        self.redraw()
        if before != self.cursor or on:
            self.show_cursor()
        self.cursor_moved()
        return place is not None

    @property
    def current(self) -> str:
        """The name of the column under the cursor; empty where there is none."""
        if self.cursor >= len(self._lines):
            return ""
        return self.rows[self._lines[self.cursor].row].name

    @property
    def count(self) -> int:
        return len(self._lines)

    def content(self, index: int) -> ColumnLine:
        return self._lines[index]

    def segments(self, content: ColumnLine, *, is_cursor: bool) -> list[TextSegment]:
        return list(content.segments)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted())

    def _first_line(self, row: int) -> int:
        return next((i for i, line in enumerate(self._lines) if line.row >= row), 0)

    def move_to(self, index: int) -> None:
        """Put the cursor on the first line of the column that is there, or of the one beyond."""
        if not self._lines:
            return
        index = max(0, min(index, len(self._lines) - 1))
        row = self._lines[index].row
        if index > self.cursor and row == self._lines[self.cursor].row:
            row = min(row + 1, len(self.rows) - 1)
        super().move_to(self._first_line(row))

    def show_cursor(self) -> None:
        """Bring the whole of a wrapped column into sight, its first line in any case."""
        super().show_cursor()
        height, top = self.scrollable_content_region.height, int(self.scroll_target_y)
        if height <= 0 or self.cursor >= len(self._lines):
            return
        row, last = self._lines[self.cursor].row, self.cursor
        while last + 1 < len(self._lines) and self._lines[last + 1].row == row:
            last += 1
        if last >= top + height:
            self.scroll_to(y=min(self.cursor, last - height + 1), animate=False, force=True)

    def action_open_trace(self) -> None:
        self.post_message(self.LineageWanted())

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            super().move_to(self._first_line(self._lines[index].row))


class ColumnTraceView(LinesView):
    """Where a column comes from, and who uses it."""

    PREFIX = "trace"
    BINDINGS = bindings_of("column-trace")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"trace--{name}" for name in TRACE_STYLES}

    class Walked(Message):
        """The user goes on to another column, or back to the one before (None)."""

        def __init__(self, ref: ColumnRef | None) -> None:
            super().__init__()
            self.ref = ref

    class Opened(Message):
        """The user wants the page of an asset, on a column of it."""

        def __init__(self, unique_id: str, column: str) -> None:
            super().__init__()
            self.unique_id = unique_id
            self.column = column

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lines: Sequence[TraceLine] = ()

    def show_lines(self, lines: Sequence[TraceLine], *, anew: bool) -> None:
        """Show these lines; `anew` where they are of another column."""
        if not anew and lines == self._lines:
            return
        self._lines = lines
        if anew:
            self.cursor = self._near(0)
            self.scroll_to(y=0, animate=False, force=True)
        self.cursor = min(self.cursor, max(len(lines) - 1, 0))
        self.redraw()

    def _near(self, index: int, step: int = 1) -> int:
        """The next line with something on it to go to; the same one where there is none."""
        found = index
        while 0 <= found < len(self._lines):
            if self._lines[found].ref or self._lines[found].asset:
                return found
            found += step
        return max(0, min(index, len(self._lines) - 1))

    @property
    def count(self) -> int:
        return len(self._lines)

    def content(self, index: int) -> TraceLine:
        return self._lines[index]

    def segments(self, content: TraceLine, *, is_cursor: bool) -> list[TextSegment]:
        return list(content.segments)

    def move_to(self, index: int) -> None:
        """Put the cursor on a line, over those that only say something."""
        super().move_to(self._near(index, -1 if index < self.cursor else 1))

    @property
    def _line(self) -> TraceLine | None:
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def action_walk_on(self) -> None:
        if self._line is not None and self._line.ref is not None:
            self.post_message(self.Walked(self._line.ref))

    def action_walk_back(self) -> None:
        self.post_message(self.Walked(None))

    def action_open_traced(self) -> None:
        line = self._line
        if line is not None and line.ref is not None:
            self.post_message(self.Opened(line.ref.asset, line.ref.column))
        elif line is not None and line.asset:
            self.post_message(self.Opened(line.asset, ""))

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            self.move_to(index)
            if event.chain == 2:
                self.action_open_traced()
