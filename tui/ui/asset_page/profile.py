"""The profile of an asset: a line per column, and all about one column. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual.content import Content

from tui.protocol.messages import Profiled
from tui.protocol.profiles import BARS, DATE, NUMBER, ColumnProfile
from tui.text.formats import human_count, plural
from tui.text.terminal_text import plain_line
from tui.ui.asset_page.columns import ColumnLine, ColumnRow
from tui.ui.rows.segments import TextSegment, fit

BLOCKS, ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*%#"
"""Eighths of a cell, from nothing to full."""
HEIGHT = 4
"""Lines of the histogram of one column."""
LEFT = 50
"""Cells of the facts and the histogram, where the most frequent values are beside them."""
LONGEST_RANGE = 40
"""Cells of a range that tell enough."""


def profiled_of(profile: Profiled) -> dict[str, ColumnProfile]:
    """The profiles of the columns, by their names in lower case."""
    found = [ColumnProfile.from_row(row) for row in profile.columns]
    return {one.name.lower(): one for one in found}


def rows_words(profile: Profiled) -> str:
    """How many rows were looked at, of how many."""
    if profile.method == "all":
        return plural(profile.rows, "row")
    of = f" of {plural(profile.total, 'row')}" if profile.total is not None else " rows"
    head = "sample of" if profile.method == "sample" else "first"
    return f"{head} {profile.rows:,}{of}"


def share(count: int, rows: int) -> str:
    """A part of the rows in at most 5 cells: nothing is only what is nothing."""
    if not count or not rows:
        return "0%"
    part = 100 * count / rows
    if part < 0.1:
        return "<0.1%"
    if part > 99.9 and count < rows:
        return ">99%"
    return f"{part:.1f}%" if part < 9.95 else f"{part:.0f}%"


def bar_line(bars: Sequence[int], *, ascii_only: bool = False) -> str:
    """A histogram on one line; what is there at all is never blank."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    high = max(bars, default=0)
    return "".join(blocks[max(round(8 * n / high), 1) if n else 0] for n in bars) if high else ""


def histogram(bars: Sequence[int], *, height: int, ascii_only: bool = False) -> list[str]:
    """A histogram of so many lines, each bar two cells wide."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    high = max(bars, default=0)
    if not high:
        return []
    levels = [max(round(8 * height * n / high), 1) if n else 0 for n in bars]
    return [
        "".join(blocks[min(max(level - 8 * (height - 1 - row), 0), 8)] * 2 for level in levels)
        for row in range(height)
    ]


def profile_lines(
    rows: Sequence[ColumnRow],
    /,
    *,
    profiles: Mapping[str, ColumnProfile],
    counted: int,
    width: int,
    ascii_only: bool = False,
) -> tuple[str, list[ColumnLine]]:
    """The columns as the heads and the lines of a table of what they hold."""
    names = min(max([cell_len(row.name) for row in rows] + [6]), 32, max(width // 3, 8))
    room = width - names - 2 - 7 - 9
    bars = BARS + 2 if room >= BARS + 2 + 12 else 0
    types = min(max([cell_len(_type(row)) for row in rows] + [4]), 20)
    types = types + 2 if room - bars >= types + 2 + 16 else 0
    rest = min(room - bars - types, LONGEST_RANGE)
    heads = "  " + "column".ljust(names) + ("  " + "type".ljust(types - 2) if types else "")
    heads += "  nulls" + " distinct" + ("  " + "histogram".ljust(BARS) if bars else "")
    heads += "  values" if rest > 8 else ""
    lines = []
    for number, row in enumerate(rows):
        one = profiles.get(row.name.lower())
        segments: list[TextSegment] = [("  ", ""), *fit([(row.name, "name")], names)]
        if types:
            segments += [("  ", ""), *fit([(_type(row), "type")], types - 2)]
        if one is None:
            segments.append(("  not in the database", "dim"))
        else:
            segments += _cells(one, counted, bars=bool(bars), rest=rest, ascii_only=ascii_only)
        lines.append(ColumnLine(number, tuple(fit(segments, width))))
    return heads, lines


def _type(row: ColumnRow) -> str:
    return (row.actual_type or row.declared_type).lower()


def _cells(
    one: ColumnProfile, counted: int, *, bars: bool, rest: int, ascii_only: bool
) -> list[TextSegment]:
    is_unique = one.distinct == counted - one.nulls > 0
    cells = [
        (f"  {share(one.nulls, counted):>5}", "stale" if one.nulls else "dim"),
        (f" {human_count(one.distinct):>8}", "fresh" if is_unique else "plain"),
    ]
    if bars:
        cells += [("  ", ""), (bar_line(one.bars, ascii_only=ascii_only).ljust(BARS), "type")]
    if rest > 8:
        cells += [("  ", ""), *fit([(_values(one, counted), "plain")], rest - 2)]
    return cells


def _values(one: ColumnProfile, counted: int) -> str:
    """The range of numbers and dates, of others the most frequent value."""
    if one.kind in (NUMBER, DATE) and one.least is not None and one.greatest is not None:
        if one.least == one.greatest:
            return plain_line(one.least)
        return plain_line(f"{one.least} … {one.greatest}")
    if not one.top:
        return ""
    value, count = one.top[0]
    if count == 1 and one.distinct > 1:
        return plain_line(f"{value}, …")
    return plain_line(f"{value}  {share(count, counted)}")


def column_sheet(
    one: ColumnProfile | None, profile: Profiled, *, width: int, ascii_only: bool = False
) -> Content:
    """All that was counted of one column; the most frequent values are beside the rest where there
    is room.
    """
    if one is None:
        return Content.styled("It is not in the database.", "$dim")
    facts = _facts(one, profile)
    drawn = _drawn(one, ascii_only=ascii_only)
    is_wide = width >= LEFT + 44
    top = _top_lines(
        one, profile.rows, width=width - (LEFT if is_wide else 0), ascii_only=ascii_only
    )
    if not is_wide:
        parts = [part for part in (facts, drawn, top) if part]
        lines = [line for part in parts for line in (Content(""), *part)][1:]
        return Content("\n").join(lines)
    left = [*facts, *([Content("")] if drawn else []), *drawn]
    beside = [
        Content("").join([_cut(line, LEFT), other])
        for line, other in zip_longest(left, top, fillvalue=Content(""))
    ]
    return Content("\n").join(beside)


def _cut(line: Content, width: int) -> Content:
    """A line of exactly so many cells."""
    return line.truncate(width - 1, ellipsis=True).pad_right(max(width - line.cell_length, 1))


def _facts(one: ColumnProfile, profile: Profiled) -> list[Content]:
    rows = profile.rows
    lines = [
        _fact("rows", rows_words(profile)),
        _fact("nulls", f"{one.nulls:,}", share(one.nulls, rows)),
        _fact("distinct", f"{one.distinct:,}", _distinct_words(one, rows)),
    ]
    if one.least is not None and one.greatest is not None:
        lines += [_fact("min", plain_line(one.least)), _fact("max", plain_line(one.greatest))]
    if one.mean is not None:
        lines.append(_fact("mean", f"{one.mean:,.6g}"))
    if one.not_finite:
        note = "NaN or infinite, in none of these"
        lines.append(_fact("not finite", f"{one.not_finite:,}", note))
    return lines


def _drawn(one: ColumnProfile, *, ascii_only: bool) -> list[Content]:
    """The histogram with the ends of its range."""
    if not one.bars:
        return []
    drawn = histogram(one.bars, height=HEIGHT, ascii_only=ascii_only)
    ends = plain_line(one.least or ""), plain_line(one.greatest or "")
    gap = max(BARS * 2 - sum(map(cell_len, ends)), 1)
    scale = Content.styled(f"  {ends[0]}{' ' * gap}{ends[1]}", "$dim")
    return [*(Content.styled(f"  {line}", "$status-running") for line in drawn), scale]


def _distinct_words(one: ColumnProfile, rows: int) -> str:
    filled = rows - one.nulls
    if not filled:
        return ""
    if one.distinct == filled:
        return "unique" if filled > 1 else ""
    return f"{filled / one.distinct:,.1f} rows each" if one.distinct > 1 else "always the same"


def _fact(name: str, value: str, note: str = "") -> Content:
    return Content.assemble(
        (f"{name:<12}", "$dim"), (value, "bold"), (f"  {note}" if note else "", "$dim")
    )


def _top_lines(one: ColumnProfile, rows: int, *, width: int, ascii_only: bool) -> list[Content]:
    if not one.top:
        return []
    if one.distinct > len(one.top) and one.top[0][1] == 1:
        return [Content.styled("each value is there once", "$dim")]
    counts = max(len(f"{count:,}") for _, count in one.top)
    widest = max(cell_len(plain_line(value)) for value, _ in one.top)
    names = min(max(widest, len("(empty)")), max(width - counts - 24, 8))
    high = one.top[0][1]
    full = "#" if ascii_only else "█"
    found = [Content.styled("most frequent", "$dim")]
    for value, count in one.top:
        [*cut] = fit([(plain_line(value) or "(empty)", "")], names)
        text = "".join(part for part, _ in cut)
        bar = full * max(round(10 * count / high), 1)
        found.append(
            Content.assemble(
                f"  {text}  {count:>{counts},}",
                (f"  {share(count, rows):>5}  ", "$dim"),
                (bar, "$status-running"),
            )
        )
    return found
