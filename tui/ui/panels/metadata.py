"""What functions of Python definitions told of a materialization, as lines of a sheet. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from textual.content import Content

from tui.graph.history import Materialization
from tui.text.formats import plural
from tui.text.terminal_text import plain_line
from tui.ui.panels.markdown_lines import markdown_lines
from tui.ui.panels.page_links import file_link, is_image, page_link
from tui.ui.panels.sheet import LABEL, Sheet

ROW_COUNT = "dagster/row_count"
SCHEMA = ("name", "type", "description")
SHOWN_LINES = 40
"""Lines of Markdown or JSON that are shown."""
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
            sheet.field(name, plural(len(value), "column"))
            rows = [[one.get(part) or "" for part in SCHEMA] for one in value]
            _table(sheet, SCHEMA if any(row[-1] for row in rows) else SCHEMA[:2], rows)
        case "md":
            _indented(sheet, name, markdown_lines(str(value), sheet.width - 2))
        case "json":
            _indented(sheet, name, _json_lines(value, sheet.width - LABEL))
        case "url":
            sheet.field(name, page_link(str(value)))
        case "path" | "notebook":
            sheet.field(name, file_link(str(value)))
        case "code" if isinstance(value, list):
            for place in value:
                sheet.field(name, _reference(place))
        case "column_lineage" if isinstance(value, dict):
            sheet.field(name, plural(len(value), "column"))
            for column, deps in value.items():
                came = ", ".join(f"{key}.{of}" for key, of in deps)
                sheet.line(f"  {plain_line(column)} ", ("← ", "$dim"), plain_line(came))
        case _:
            sheet.field(name, words_of(kind, value))


def _indented(sheet: Sheet, name: str, lines: Sequence[Content]) -> None:
    """Lines beside their label where there is only one that fits, else under it."""
    if len(lines) == 1 and lines[0].cell_length <= sheet.width - LABEL:
        sheet.field(name, lines[0])
        return
    sheet.line((name, "$dim"))
    for line in lines[:SHOWN_LINES]:
        sheet.block(Content("  ") + line)
    if len(lines) > SHOWN_LINES:
        sheet.line((f"  and {len(lines) - SHOWN_LINES:,} more lines", "$dim"))


def _json_lines(value: Any, width: int) -> list[Content]:
    """JSON in one line where it fits, else as a tree."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= width:
        return [Content(plain_line(short))]
    lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    found = []
    for line in lines:
        key, mark, rest = line.partition('": ')
        if mark and key.lstrip().startswith('"'):
            found.append(Content.assemble((plain_line(key + '"'), "$dim"), ": ", plain_line(rest)))
        else:
            found.append(Content(plain_line(line)))
    return found


def _reference(place: Mapping[str, Any]) -> Content:
    """The place of some code."""
    label = str(place.get("label") or "")
    if url := place.get("url"):
        return page_link(str(url), Content(plain_line(label)) if label else None)
    line = place.get("line")
    found = file_link(str(place.get("path", "")), line if isinstance(line, int) else 0)
    return found + Content.styled(f"  {plain_line(label)}", "$dim") if label else found


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
    return "none" if value is None else str(value)


def _counted(table: Mapping[str, Any]) -> str:
    count = table.get("count", len(table.get("rows") or []))
    return f"{count} row{'' if count == 1 else 's'}"


def _table(sheet: Sheet, columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    lines = [[str(name) for name in columns]]
    lines += [["" if cell is None else str(cell) for cell in row] for row in rows[:SHOWN_ROWS]]
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(columns))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False))
        cut = Content(f"  {plain_line(text)}").truncate(sheet.width, ellipsis=True)
        sheet.block(cut.stylize("$dim") if number == 0 else cut)
    if len(rows) > SHOWN_ROWS:
        sheet.line((f"  and {len(rows) - SHOWN_ROWS:,} more", "$dim"))


def image_of(record: Materialization | None) -> str:
    """The path of the image that a function told of; empty for none."""
    found = metadata_of(record) if record is not None else {}
    paths = (str(one.get("value")) for one in found.values() if one.get("kind") == "path")
    return next(filter(is_image, paths), "")


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
