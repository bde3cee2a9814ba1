"""How a row of a run's log is drawn: time, level, asset, text. Pure."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len, set_cell_size

from tui.protocol.plain import plain
from tui.runs.log import LogRow
from tui.text.formats import clock
from tui.ui.rows.segments import TextSegment

LEVEL_STYLES = {"debug": "debug", "info": "info", "warn": "warn", "error": "error"}


@plain(frozen=True)
class LogColumns:
    """Cells for each column of the log; 0 where a column is left out."""

    time: int = 0
    level: int = 0
    asset: int = 0


def log_columns(width: int) -> LogColumns:
    """What is before the text, for a line of so many cells."""
    if width >= 110:
        return LogColumns(8, 5, 24)
    if width >= 84:
        return LogColumns(8, 5, 16)
    return LogColumns(8 if width >= 50 else 0, 0, 0)


def draw_log_row(
    row: LogRow,
    columns: LogColumns,
    name_of: Callable[[str], str],
    *,
    shift: int = 0,
    width: int = 200,
    match: str = "",
    is_found: bool = False,
) -> list[TextSegment]:
    """The pieces of a row. The text begins at its `shift`th cell and is cut at `width`."""
    style = LEVEL_STYLES.get(row.level, "info")
    segments: list[TextSegment] = []
    if columns.time:
        segments.append((" " * 8 if row.is_continuation or not row.at else clock(row.at), "time"))
        segments.append(("  ", ""))
    if columns.level:
        word = "" if row.is_continuation or row.level in ("info", "debug") else row.level
        segments.append((word.ljust(columns.level), style))
        segments.append((" ", ""))
    if columns.asset:
        name = "" if row.is_continuation or not row.unique_id else name_of(row.unique_id)
        if cell_len(name) > columns.asset:
            name = set_cell_size(name, columns.asset - 1) + "…"
        segments.append((set_cell_size(name, columns.asset), "asset"))
        segments.append(("  ", ""))
    # A line can have any length: only what can be seen of it is looked at.
    seen = row.text[shift : shift + width]
    segments += _lit(seen, match, style, is_found)
    return segments


def _lit(text: str, match: str, style: str, is_found: bool) -> list[TextSegment]:
    needle = match.casefold()
    folded = text.casefold()
    if not needle or len(folded) != len(text) or needle not in folded:
        return [(text, style)]
    segments: list[TextSegment] = []
    start = 0
    while (place := folded.find(needle, start)) >= 0:
        if place > start:
            segments.append((text[start:place], style))
        segments.append((text[place : place + len(needle)], "found" if is_found else "match"))
        start = place + len(needle)
    segments.append((text[start:], style))
    return segments
