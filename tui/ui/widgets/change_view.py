"""The lines of a change of files, scrolled in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len

from tui.refactoring.edits import Change
from tui.ui.panels.change_lines import STYLE_NAMES, ChangeLine, head_lines
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.wide_lines_view import WideLinesView

GROUNDS = ("cursor", "cursor-blurred")


class ChangeView(WideLinesView, can_focus=False):
    """One change; its screen has the keys."""

    PREFIX = "change"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"change--{name}" for name in (*STYLE_NAMES, *(f"on-{ground}" for ground in GROUNDS))
    }

    def __init__(self, change: Change, diff: Sequence[ChangeLine], **options: Any) -> None:
        """`diff` is its diff, made beside."""
        super().__init__(**options)
        self._change = change
        self._diff = diff
        self.lines: tuple[ChangeLine, ...] = ()
        self._length = 0

    def width_changed(self, width: int) -> None:
        self.lines = (*head_lines(self._change, width), *self._diff)
        self._length = max((cell_len(line.text) for line in self.lines), default=0) + 1

    @property
    def has_keys(self) -> bool:
        return True

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def line_length(self) -> int:
        return self._length

    def content(self, index: int) -> ChangeLine:
        return self.lines[index]

    def segments(self, content: ChangeLine, *, is_cursor: bool) -> list[TextSegment]:
        return [(content.text, content.style)]
