"""Rows of a database: all columns, scrolled in both directions, with a cell under the cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.content import Content
from textual.widgets import DataTable

from tui.ui.commands import bindings_of

LONGEST_CELL = 60
"""Characters of a value that its cell shows; the whole of it stands under the table."""
SHOWN_VALUE = 200
"""Characters of the value under the cursor that the line under the table shows."""
NUMBERS = re.compile(
    r"^(tiny|small|big|huge|u)?\w*int(eger)?\d*$|^(dec|num|float|double|real|money)", re.I
)
CONTROL_SIGNS = str.maketrans(
    {code: chr(0x2400 + code) for code in range(0x20)}
    | dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")
    | {0x0A: "⏎", 0x7F: "\N{SYMBOL FOR DELETE}"}
)
"""A sign of one cell for each character that would move the terminal's cursor, or command it."""


def is_number(kind: str) -> bool:
    """Whether values of a type are to the right."""
    return NUMBERS.search(kind.strip()) is not None


def on_one_line(value: str) -> str:
    """A value with a sign in the place of each control character."""
    return value.translate(CONTROL_SIGNS)


def cell_line(value: str | None) -> str:
    """A value as its cell shows it: on one line, and cut where it is long."""
    if value is None:
        return "null"
    line = on_one_line(value[: LONGEST_CELL + 1])
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def column_cells(values: Sequence[str | None], name: str, kind: str) -> tuple[Text, list[Text]]:
    """The head of a column (its name over its type) and its cells; numbers are to the right."""
    lines = [cell_line(value) for value in values]
    width = max(cell_len(line) for line in (name, kind, *lines)) if is_number(kind) else 0
    head = Text.assemble(
        (_right(name, width), "bold"), "\n", (_right(kind.lower(), width), "dim"), no_wrap=True
    )
    return head, [
        Text(_right(line, width), style="dim italic" if value is None else "", no_wrap=True)
        for value, line in zip(values, lines, strict=True)
    ]


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


class RowsTable(DataTable[Text]):
    """A table of values."""

    BINDINGS = bindings_of("rows")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, header_height=2, zebra_stripes=False, cell_padding=1)
        self.shown_columns: Sequence[str] = ()
        self.shown_rows: Sequence[Sequence[str | None]] = ()

    def show_rows(
        self,
        columns: Sequence[str],
        types: Sequence[str],
        rows: Sequence[Sequence[str | None]],
        *,
        from_top: bool = False,
    ) -> None:
        """Show these rows; the cursor stays where it was, as far as there is such a cell.

        `from_top`: they are others than before, so only its column stays.
        """
        before = self.cursor_coordinate
        x, y = self.scroll_offset
        same = list(columns) == list(self.shown_columns)
        self.shown_columns, self.shown_rows = columns, rows
        self.clear(columns=True)
        cells = []
        for index, (name, kind) in enumerate(zip(columns, types, strict=True)):
            head, column = column_cells([row[index] for row in rows], name, kind)
            self.add_column(head, key=str(index))
            cells.append(column)
        for number, row in enumerate(zip(*cells, strict=True), 1):
            self.add_row(*row, label=Text(str(number), style="dim"))
        if same and rows:
            top = 0 if from_top else before.row
            self.move_cursor(row=top, column=before.column, animate=False, scroll=False)
            self.scroll_to(x, 0 if from_top else y, animate=False)

    @property
    def current_value(self) -> tuple[str, str | None] | None:
        """The column and the whole value of the cell under the cursor."""
        row, column = self.cursor_coordinate
        if row < len(self.shown_rows) and column < len(self.shown_columns):
            return self.shown_columns[column], self.shown_rows[row][column]
        return None

    @property
    def value_line(self) -> Content:
        """The value of the cell under the cursor with its column, as far as a line shows it."""
        if self.current_value is None:
            return Content("")
        name, value = self.current_value
        told = "null" if value is None else on_one_line(value[:SHOWN_VALUE])
        return Content.assemble((f"{name}  ", "$dim"), (told, "$dim" if value is None else ""))
