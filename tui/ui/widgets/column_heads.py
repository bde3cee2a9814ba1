"""The names of the tree's columns, in the line above the tree."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.ui.rows.tree_columns import GAP, GUTTER, Columns


class ColumnHeads(Widget):
    """One dim line, aligned with the rows below."""

    columns: reactive[Columns | None] = reactive(None)

    def render(self) -> Content:
        return Content.styled(heads(self.columns) if self.columns else "", "$dim")


def heads(columns: Columns) -> str:
    """The line of names for these columns; the name's own is left blank."""
    text = " " * (GUTTER + columns.name)
    for name, width, right in (
        ("kind", columns.kind, False),
        ("status", columns.status, False),
        ("checks", columns.checks, True),
        ("took", columns.took, True),
        ("age", columns.age, True),
        ("run", columns.run, True),
    ):
        if width:
            word = name if width >= len(name) else ""
            text += " " * GAP + (word.rjust(width) if right else word.ljust(width))
    return text
