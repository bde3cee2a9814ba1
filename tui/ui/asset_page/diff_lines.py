"""A data diff as lines: what is added, removed and changed, in which columns, and sample rows.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len

from tui.protocol.messages import DataDiffed
from tui.text.formats import human_ago, plural
from tui.ui.rows.segments import TextSegment, sized
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.rows_table import cell_line, is_number

Line = tuple[TextSegment, ...]

WIDEST_NAME, WIDEST_TYPE = 40, 40
GAP = "  "
MARKS = {"added": "+", "removed": "-", "changed": "~"}


def diff_lines(found: DataDiffed, glyphs: Glyphs, *, now: float) -> list[Line]:
    """What a diff found.

    Args:
        found: the engine's answer.
        glyphs: the signs of the terminal.
        now: seconds since the epoch, for the age of a baseline.
    """
    lines = [_title(found, glyphs, now), _key_line(found), *_odd_keys(found, glyphs), ()]
    lines += [_counts(found, glyphs), ()]
    lines += [*_column_lines(found, glyphs)]
    for block in (
        _changed(found, glyphs),
        _one_sided(found, "added"),
        _one_sided(found, "removed"),
        _whole(found, glyphs),
    ):
        rows = list(block)
        lines += [(), *rows] if rows else []
    return lines


def _title(found: DataDiffed, glyphs: Glyphs, now: float) -> Line:
    if found.against:
        words = f"target {found.against} {glyphs.arrow} this target"
    else:
        ago = human_ago(now - found.taken_at)
        words = f"before run {found.run_id} ({ago}) {glyphs.arrow} now"
    where = f"{GAP}{found.before} {glyphs.arrow} {found.after}".replace('"', "").replace("`", "")
    return ((words, "name"), (where, "dim"))


def _key_line(found: DataDiffed) -> Line:
    if not found.diff["key"]:
        return (("no key is known: rows are compared whole. K names its columns", "stale"),)
    return (("key ", "dim"), (", ".join(found.diff["key"]), ""), (f" ({found.key_source})", "dim"))


def _odd_keys(found: DataDiffed, glyphs: Glyphs) -> list[Line]:
    """That some rows have no key of their own."""
    odd = found.diff["odd_keys"]
    if not found.diff["key"] or not (odd["rows_before"] or odd["rows_after"]):
        return []
    repeated = f"{odd['repeated_before']:,} {glyphs.arrow} {odd['repeated_after']:,} repeated keys"
    nulls = f"{odd['null_before']:,} {glyphs.arrow} {odd['null_after']:,} rows with a null in it"
    return [((f"{repeated}, {nulls}: those rows are compared whole", "stale"),)]


def _counts(found: DataDiffed, glyphs: Glyphs) -> Line:
    rows = found.diff["rows"]
    counts: list[TextSegment] = [
        (f"{rows['before']:,} {glyphs.arrow} {plural(rows['after'], 'row')}", "name")
    ]
    kinds = ["added", "removed", *(["changed"] if found.diff["key"] else [])]
    for kind in kinds:
        style = kind if rows[kind] else "dim"
        counts.append((f"   {MARKS[kind]}{rows[kind]:,} {kind}", style))
    return (*counts, (f"   {rows['same']:,} the same", "dim"))


# --------------------------------------------------------------------------- columns


def _column_lines(found: DataDiffed, glyphs: Glyphs) -> Iterator[Line]:
    columns = found.diff["columns"]
    told = [one for one in columns if one["change"] or one["differing"]]
    same = len(columns) - len(told)
    if not told:
        words = "No column differs" if found.diff["key"] else "The columns are the same"
        yield ((f"{words} ({plural(same, 'column')}).", "dim"),)
        return
    yield (("Columns", "head"),)
    width = min(max(cell_len(one["name"]) for one in told), WIDEST_NAME)
    types = [_type_words(one, glyphs) for one in told]
    type_width = min(max(map(cell_len, types)), WIDEST_TYPE)
    matched = _matched(found)
    for one, kind in zip(told, types, strict=True):
        change = {"type": "changed", None: "changed"}.get(one["change"], one["change"])
        yield (
            (f"{MARKS[change]} ", change),
            (sized(cell_line(one["name"]), width), "name"),
            (GAP + sized(kind, type_width), "type"),
            (GAP + _column_words(one, matched), change),
        )
    if same:
        yield ((f"  {plural(same, 'column')} the same", "dim"),)


def _matched(found: DataDiffed) -> int:
    """The rows that are on both sides, by their key."""
    rows, odd = found.diff["rows"], found.diff["odd_keys"]
    removed_by_key = rows["removed"] - odd["removed"]
    return int(rows["before"] - odd["rows_before"] - removed_by_key)


def _type_words(column: dict[str, Any], glyphs: Glyphs) -> str:
    if column["change"] == "type":
        return f"{column['before']} {glyphs.arrow} {column['after']}"
    return str(column["after"] or column["before"])


def _column_words(column: dict[str, Any], matched: int) -> str:
    words = []
    if column["change"] == "type":
        words.append("other type")
    elif column["change"]:
        words.append(column["change"])
    if column["as_text"] and column["differing"] is not None:
        words.append("compared as text")
    if column["differing"]:
        share = f" ({column['differing'] / matched:.1%})" if matched else ""
        words.append(f"{plural(column['differing'], 'value')} differ{share}")
    return ", ".join(words)


# --------------------------------------------------------------------------- samples


def _changed(found: DataDiffed, glyphs: Glyphs) -> Iterator[Line]:
    """Changed rows: the key, then each column with its value, or with both where they differ."""
    sample = found.diff["samples"]["changed"]
    if not sample:
        return
    yield _head("Changed", len(sample["rows"]), found.diff["rows"]["changed"])
    names = [*sample["key"], *sample["columns"]]
    cells = [
        [
            *(((cell_line(value), _ink(value)),) for value in row["key"]),
            *map(lambda b, a: _values(b, a, glyphs), row["before"], row["after"]),
        ]
        for row in sample["rows"]
    ]
    yield from _table(found, names, cells)


def _values(before: str | None, after: str | None, glyphs: Glyphs) -> Line:
    if before == after:
        return ((cell_line(after), "dim"),)
    return (
        (cell_line(before), "removed"),
        (f" {glyphs.arrow} ", "dim"),
        (cell_line(after), "added"),
    )


def _one_sided(found: DataDiffed, kind: str) -> Iterator[Line]:
    sample = found.diff["samples"][kind]
    if sample:
        total = found.diff["rows"][kind] - found.diff["odd_keys"][kind]
        yield _head(kind.capitalize(), len(sample["rows"]), total, kind)
        cells = [[((cell_line(value), _ink(value)),) for value in row] for row in sample["rows"]]
        yield from _table(found, sample["columns"], cells)


def _whole(found: DataDiffed, glyphs: Glyphs) -> Iterator[Line]:
    """Rows that are compared whole, and how often each is before and after."""
    sample = found.diff["samples"]["whole"]
    if not sample:
        return
    yield (("Rows compared whole: how often before and after", "head"),)
    cells: list[list[Line]] = []
    for (before, after), row in zip(sample["times"], sample["rows"], strict=True):
        style = "added" if after > before else "removed"
        times = ((f"{before} {glyphs.arrow} {after}", style),)
        cells.append([times, *(((cell_line(value), _ink(value)),) for value in row)])
    yield from _table(found, ["", *sample["columns"]], cells)


def _head(words: str, shown: int, total: int, style: str = "changed") -> Line:
    count = f" {GAP}the first {shown} of {total:,}" if shown < total else f"{GAP}{total:,}"
    return ((words, f"head-{style}"), (count, "dim"))


def _ink(value: str | None) -> str:
    return "dim" if value is None else ""


def _table(
    found: DataDiffed, names: Sequence[str], rows: Sequence[Sequence[Line]]
) -> Iterator[Line]:
    """Cells under the names of their columns; numbers are to the right."""
    kinds = {one["name"]: one["after"] or one["before"] or "" for one in found.diff["columns"]}
    right = [is_number(kinds.get(name, "")) for name in names]
    widths = [
        max(cell_len(cell_line(name)), *(_size(row[place]) for row in rows))
        for place, name in enumerate(names)
    ]
    heads = [
        sized(cell_line(name), width, right=to_right)
        for name, width, to_right in zip(names, widths, right, strict=True)
    ]
    yield ((f"  {GAP.join(heads)}", "dim"),)
    for row in rows:
        line: list[TextSegment] = [("  ", "")]
        for cell, width, to_right in zip(row, widths, right, strict=True):
            gap = (" " * (width - _size(cell)), "")
            line += [gap, *cell] if to_right else [*cell, gap]
            line.append((GAP, ""))
        yield tuple(line)


def _size(cell: Line) -> int:
    return sum(cell_len(text) for text, _ in cell)
