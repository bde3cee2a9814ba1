"""A list of values, a line each: what differs between runs, commands, warnings."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from textual.message import Message

from tui.ui.commands import bindings_of
from tui.ui.rows.run_rows import TextSegments
from tui.ui.widgets.run_lists import SegmentsView

Line = Callable[[Any, int], TextSegments]
"""A value and the cells that its line has."""


class RecordListView(SegmentsView):
    """Values, each drawn by the function that the screen gives."""

    BINDINGS = bindings_of("record-list")

    class Highlighted(Message):
        """The cursor is on another one."""

    class Opened(Message):
        """The user wants to see the one under the cursor."""

    def __init__(self, line: Line, **options: Any) -> None:
        super().__init__(**options)
        self._line = line
        self._records: Sequence[Any] = ()
        self._key_of: Callable[[Any], Hashable] = id

    def show_records(self, records: Sequence[Any], key_of: Callable[[Any], Hashable]) -> None:
        """Show these. The cursor stays on the same one, by its key, and on the first where it was
        on the first.
        """
        before = key_of(self.current) if self.current is not None and self.cursor else None
        self._records, self._key_of = records, key_of
        places = (at for at, record in enumerate(records) if key_of(record) == before)
        self.cursor = 0 if before is None else next(places, 0)
        self.redraw()
        self.show_cursor()
        self.cursor_moved()

    @property
    def count(self) -> int:
        return len(self._records)

    @property
    def current(self) -> Any:
        """The value that the cursor is on; None where there is none."""
        return self._records[self.cursor] if self.cursor < len(self._records) else None

    def content(self, index: int) -> TextSegments:
        return self._line(self._records[index], self.line_width)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted())

    def action_open_record(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened())

    def open_line(self) -> None:
        self.action_open_record()
