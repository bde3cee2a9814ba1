"""The list of what differs between two runs."""

from __future__ import annotations

from typing import Any

from textual.message import Message

from tui.runs.comparison import NodeChange
from tui.ui.commands import bindings_of
from tui.ui.rows.comparison_rows import change_line
from tui.ui.rows.run_rows import TextSegments
from tui.ui.widgets.run_lists import SegmentsView
from tui.workspace.state import WorkspaceState


class ComparisonListView(SegmentsView):
    """A line for each asset or check of two runs."""

    BINDINGS = bindings_of("compare-list")

    class Highlighted(Message):
        """The cursor is on another one."""

    class Opened(Message):
        """The user wants to see an asset or check."""

        def __init__(self, unique_id: str) -> None:
            super().__init__()
            self.unique_id = unique_id

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._changes: tuple[NodeChange, ...] = ()
        self._state: WorkspaceState | None = None

    def show_changes(self, changes: tuple[NodeChange, ...], state: WorkspaceState) -> None:
        """Show these, with the cursor on the same one where it is still there."""
        key = self.current.unique_id if self.current else ""
        self._changes, self._state = changes, state
        place = next((at for at, change in enumerate(changes) if change.unique_id == key), 0)
        self.cursor = place
        self.redraw()
        self.show_cursor()
        self.cursor_moved()

    @property
    def count(self) -> int:
        return len(self._changes)

    @property
    def current(self) -> NodeChange | None:
        """What the cursor is on."""
        return self._changes[self.cursor] if self.cursor < len(self._changes) else None

    def content(self, index: int) -> TextSegments:
        assert self._state is not None
        return change_line(self._changes[index], self._state, self.glyphs, width=self.line_width)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted())

    def action_open_compared(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current.unique_id))

    def open_line(self) -> None:
        self.action_open_compared()
