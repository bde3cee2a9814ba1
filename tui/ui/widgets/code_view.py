"""Code to read: numbered, coloured, scrolled in both directions."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len

from tui.ui.commands import bindings_of
from tui.ui.rows.code_lines import STYLE_NAMES, CodeLine
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.wide_lines_view import WideLinesView

GROUNDS = ("cursor", "cursor-blurred", "wrong")


class CodeView(WideLinesView):
    """One text of code."""

    PREFIX = "code"
    BINDINGS = bindings_of("code")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"code--{name}" for name in (*STYLE_NAMES, *(f"on-{ground}" for ground in GROUNDS))
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.code: tuple[CodeLine, ...] = ()
        self._length = 0
        self._digits = 2

    def show_code(self, code: tuple[CodeLine, ...]) -> None:
        """Show another text, with the cursor on the same line."""
        if code == self.code:
            return
        self.code = code
        self._digits = max(len(str(len(code))), 2)
        longest = max(
            (sum(cell_len(text) for text, _ in line.segments) for line in code), default=0
        )
        self._length = longest + self.kept + 1
        self.cursor = min(self.cursor, max(len(code) - 1, 0))
        self.redraw()

    def go_to_problem(self) -> None:
        """Bring what is wrong into sight, if anything is."""
        for index, line in enumerate(self.code):
            if line.is_wrong:
                self.move_to(index)
                return

    @property
    def line_number(self) -> int:
        """The line of the file under the cursor, counted from 1; 0 where there is none."""
        for line in reversed(self.code[: self.cursor + 1]):
            if line.number:
                return line.number
        return 0

    @property
    def count(self) -> int:
        return len(self.code)

    @property
    def line_length(self) -> int:
        return self._length

    @property
    def kept(self) -> int:
        return self._digits + 2

    def content(self, index: int) -> CodeLine:
        return self.code[index]

    def segments(self, content: CodeLine, *, is_cursor: bool) -> list[TextSegment]:
        number = str(content.number) if content.number else ""
        return [(f"{number:>{self._digits}}  ", "number-of-line"), *content.segments]

    def ground(self, content: CodeLine) -> str:
        return "wrong" if content.is_wrong else ""
