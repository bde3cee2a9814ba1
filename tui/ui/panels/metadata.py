"""What functions of Python definitions told of a materialization, as lines of a sheet. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from textual.content import Content

from tui.graph.history import Materialization
from tui.ui.panels.sheet import Sheet, link

ROW_COUNT = "dagster/row_count"
SHOWN_ROWS = 10
"""Rows of a table that are shown."""
NUMBERS = frozenset({"int", "float"})


def metadata_of(record: Materialization) -> Mapping[str, Mapping[str, Any]]:
    """The metadata of a record: label → {kind, value}; empty for none and for what is none."""
    if not record.metadata:
        return {}
    try:
        found = json.loads(record.metadata)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): one for key, one in found.items() if isinstance(one, dict)}


def add_metadata(sheet: Sheet, record: Materialization, *, links: bool = True) -> None:
    """Add the metadata of a record to a sheet; its row count is there already.

    With `links`, a click on a path opens it, where the screen can.
    """
    shown = {key: one for key, one in metadata_of(record).items() if key != ROW_COUNT}
    for label, one in shown.items():
        kind = str(one.get("kind", ""))
        _add(sheet, label, kind if links or kind != "path" else "text", one.get("value"))


def _add(sheet: Sheet, label: str, kind: str, value: Any) -> None:
    name = label.rpartition("/")[2]
    match kind:
        case "table" if isinstance(value, dict):
            sheet.field(name, _counted(value))
            _table(sheet, value.get("columns") or [], value.get("rows") or [])
        case "table_schema" if isinstance(value, list):
            sheet.field(name, ", ".join(f"{c.get('name')} {c.get('type')}" for c in value))
        case "md" | "json":
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            if "\n" in text or len(text) > sheet.width:
                sheet.field(name, ("", ""))
                sheet.line((name, "$dim"))
                sheet.paragraph(text, indent=2)
            else:
                sheet.field(name, plain_markdown(text) if kind == "md" else text)
        case "path":
            action = f"screen.edit_place({str(value)!r}, 0)"
            sheet.field(name, link(str(value), action, "$accent-ink"))
        case _:
            sheet.field(name, words_of(kind, value))


def words_of(kind: str, value: Any) -> str:
    """A simple value as it is shown."""
    if kind == "int" and isinstance(value, int):
        return f"{value:,}"
    if kind == "float" and isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.2f}"
    if kind == "bool":
        return "yes" if value else "no"
    if kind == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return "" if value is None else str(value)


def plain_markdown(text: str) -> Content:
    """A line of Markdown with its bold parts bold."""
    parts = text.split("**")
    if len(parts) % 2 == 0:
        return Content(text)
    return Content.assemble(*((part, "bold" if i % 2 else "") for i, part in enumerate(parts)))


def _counted(table: Mapping[str, Any]) -> str:
    count = table.get("count", len(table.get("rows") or []))
    return f"{count} row{'' if count == 1 else 's'}"


def _table(sheet: Sheet, columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    lines = [[str(name) for name in columns]]
    lines += [["" if cell is None else str(cell) for cell in row] for row in rows[:SHOWN_ROWS]]
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(columns))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False))
        sheet.block(Content.styled(f"  {text}", "$dim" if number == 0 else ""))


def numbers(records: Sequence[Materialization]) -> dict[str, list[float]]:
    """By label: the numbers of the successes, the oldest first."""
    found: dict[str, list[float]] = {}
    for record in reversed(records):
        if record.status != "success":
            continue
        for label, one in metadata_of(record).items():
            value = one.get("value")
            if one.get("kind") in NUMBERS and isinstance(value, int | float):
                found.setdefault(label, []).append(float(value))
    found.pop(ROW_COUNT, None)
    return found


def number_lines(records: Sequence[Materialization], bars: str, width: int) -> Content:
    """A line for each number that was told: its label, a plot, the latest value."""
    lines = []
    for label, values in numbers(records).items():
        newest = values[-max(width - 40, 8) :]
        low, high = min(newest), max(newest)
        steps = len(bars) - 1
        drawn = "".join(
            bars[round((value - low) / (high - low) * steps) if high > low else steps // 2]
            for value in newest
        )
        latest = f"{newest[-1]:,.2f}".rstrip("0").rstrip(".")
        lines.append(
            Content.assemble(
                (f" {label.rpartition('/')[2][:22]:<24}", "$dim"),
                (drawn, "$accent-ink"),
                f"  {latest}",
            )
        )
    return Content("\n").join(lines)
