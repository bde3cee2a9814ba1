"""How a row of a run's log is drawn: time, status, duration, asset, text. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tui.protocol.plain import plain
from tui.runs.log import SUMMARY, LogRow
from tui.text.formats import clock, human_duration
from tui.ui.rows.log_words import node_line
from tui.ui.rows.segments import TextSegment, cut_middle, size_of

LEVEL_STYLES = {"debug": "debug", "info": "info", "warn": "warn", "error": "error"}
WORD_STYLES = {
    "start": "debug", "ok": "good", "pass": "good", "no-op": "good", "warn": "warn",
    "fail": "error", "error": "error", "skip": "debug", "cancel": "debug",
}  # fmt: skip
WORD, TOOK = 6, 6
"""Cells of the status and the duration: what stands there is never longer."""
WIDE_ASSET = 24


@plain(frozen=True)
class LogColumns:
    """Cells for each column of the log; 0 where a column is left out."""

    time: int = 0
    asset: int = 0

    @property
    def before_asset(self) -> int:
        """Cells before the column of the asset."""
        return self.after_time + WORD + 1 + TOOK + 2

    @property
    def after_time(self) -> int:
        """Cells before the column of the status."""
        return self.time + 2 if self.time else 0

    @property
    def before_more(self) -> int:
        """Cells before a further line of a text: where there is little room it begins early."""
        return self.before_asset if self.asset == WIDE_ASSET else self.after_time


def log_columns(width: int) -> LogColumns:
    """What is before the text, for a line of so many cells."""
    if width >= 110:
        return LogColumns(8, WIDE_ASSET)
    if width >= 66:
        return LogColumns(8, 16)
    return LogColumns(8 if width >= 50 else 0)


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
    """The pieces of a row. The text begins at its `shift`th cell and is cut at `width`; that of
    dbt itself begins where the others have the asset.
    """
    style = LEVEL_STYLES.get(row.level, "info")
    if row.is_continuation:
        seen = row.text[shift : shift + width]
        return [(" " * columns.before_more, ""), *_lit(seen, match, style, is_found)]
    if row.name == SUMMARY:
        style, row = "debug", replace(row, text=f"{row.text} · W shows them")
    line = node_line(row.text)
    word = row.level if row.level in ("warn", "error") else ""
    took, text = "", row.text
    if line is not None:
        word, text = line.word, line.text
        took = "" if line.seconds is None else human_duration(line.seconds)
        style = "debug" if word == "start" else style
    # A line can have any length: only what can be seen of it is looked at.
    seen = text[shift : shift + width]
    is_lit = bool(match) and match.casefold() in seen.casefold()
    mark = "found" if is_found and not is_lit else WORD_STYLES.get(word, style)
    segments: list[TextSegment] = []
    if columns.time:
        segments += [((clock(row.at) if row.at else "").ljust(8), "time"), ("  ", "")]
    segments += [(word, mark), (" " * (WORD + 1 - len(word)), "")]
    segments += [(took.rjust(TOOK), "time"), ("  ", "")]
    if columns.asset and row.unique_id:
        named = cut_middle([(name_of(row.unique_id), "asset")], columns.asset)
        segments += [*named, (" " * (columns.asset - size_of(named) + 2), "")]
    return [*segments, *_lit(seen, match, style, is_found)]


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
