"""What came of a query: its rows, the plan of the database, or what is wrong."""

from __future__ import annotations

import csv
import io
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.protocol.messages import Previewed
from tui.text.formats import human_duration, plural
from tui.text.terminal_text import plain
from tui.ui.widgets.rows_table import RowsTable


class QueryResult(Vertical):
    """A sentence, and the rows under it, if there are any."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="said")
        with Horizontal(id="export-line"):
            yield Static("export", markup=False)
            yield Input(id="export-to", compact=True, placeholder="file.csv or file.parquet")
        table = RowsTable(id="rows-table")
        table.display = False
        yield table
        yield Static(markup=False, id="value")

    @property
    def table(self) -> RowsTable:
        """The rows."""
        return self.query_one(RowsTable)

    @property
    def has_rows(self) -> bool:
        """Whether rows are shown."""
        return self.table.display

    @property
    def value(self) -> tuple[str, str | None] | None:
        """The column and the whole value under the cursor; None where no rows are shown."""
        return self.table.current_value if self.has_rows else None

    @property
    def as_csv(self) -> str:
        """The rows that are shown."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.table.shown_columns)
        writer.writerows(self.table.shown_rows)
        return out.getvalue()

    def say(self, words: str, style: str = "$dim") -> None:
        """Say something; rows that are shown stay."""
        self.query_one("#said", Static).update(Content.styled(plain(words), style))

    def show_words(self, words: str, style: str) -> None:
        """Say something in the place of rows."""
        self.table.display = False
        self.show_value()
        self.say(words, style)

    def show_plan(self, found: Previewed) -> None:
        """How the database would run it, as text."""
        text = "\n".join(row[-1] or "" for row in found.rows)
        self.show_words(text or "The database says nothing about it.", "$foreground")

    def show_rows(self, found: Previewed, *, limit: int, spent: float, title: str) -> None:
        """Show rows.

        Args:
            found: the first rows.
            limit: how many were asked for at most.
            spent: the seconds that it took.
            title: what they are called.
        """
        self.table.display = True
        self.table.show_rows(found.columns, found.types, found.rows)
        words = plural(len(found.rows), "row")
        columns = plural(len(found.columns), "column")
        parts: list[Any] = [
            (words if len(found.rows) < limit else f"first {words}", "bold"),
            (f"   {columns}   {human_duration(spent)}", "$dim"),
            (f"   {title}" if title else "", "$match"),
        ]
        self.query_one("#said", Static).update(Content.assemble(*parts))
        self.show_value()

    def show_value(self) -> None:
        """The whole value under the cursor."""
        line = self.table.value_line if self.has_rows else Content("")
        self.query_one("#value", Static).update(line)

    def open_export(self) -> Input:
        """Show the line in which a file is named."""
        self.query_one("#export-line").add_class("-shown")
        return self.query_one("#export-to", Input)

    def close_export(self) -> None:
        """Hide it."""
        self.query_one("#export-line").remove_class("-shown")
