"""Columns as they are declared beside those that the database has, and where the two part. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from tui.text.formats import plural

MATCHES = "="
"""Declared and there."""
ADDED = "+"
"""In the database only."""
MISSING = "-"
"""Declared only."""
RETYPED = "~"
"""Of another type than declared."""
WORDS = {ADDED: "not declared", MISSING: "not in the database", RETYPED: "declared as"}
STYLES = {MATCHES: "$dim", ADDED: "$status-stale", MISSING: "$status-failed",
          RETYPED: "$status-stale"}  # fmt: skip

ALIASES = {
    "int": "integer", "int4": "integer", "signed": "integer", "int8": "bigint", "long": "bigint",
    "int2": "smallint", "short": "smallint", "int1": "tinyint", "float8": "double",
    "double precision": "double", "float4": "float", "real": "float", "text": "varchar",
    "string": "varchar", "char": "varchar", "bpchar": "varchar", "character varying": "varchar",
    "bool": "boolean", "logical": "boolean", "numeric": "decimal", "number": "decimal",
    "datetime": "timestamp", "timestamptz": "timestamp with time zone", "bytea": "blob",
    "timestamp without time zone": "timestamp", "time without time zone": "time",
}  # fmt: skip
"""Names of types that mean another one."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column, as declared and as it is."""

    name: str
    drift: str
    """MATCHES, ADDED, MISSING or RETYPED; empty while the database was not looked at."""
    declared_type: str = ""
    actual_type: str = ""
    description: str = ""
    tests: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


def same_type(declared: str, actual: str) -> bool:
    """Whether two names of types mean the same; a declared type without its size has any."""
    declared, actual = _canonical(declared), _canonical(actual)
    return declared == actual or ("(" not in declared and declared == actual.partition("(")[0])


def _canonical(name: str) -> str:
    name = re.sub(r"\s*([(),])\s*", r"\1", " ".join(name.lower().split()))
    base, bracket, rest = name.partition("(")
    return ALIASES.get(base, base) + bracket + rest


def column_rows(
    declared: Iterable[Mapping[str, Any]] | None, actual: Sequence[Sequence[str]] | None
) -> list[ColumnRow]:
    """The columns in the order of the database, those that are only declared at the end.

    Args:
        declared: as `Described.facts` has them; None while that is not known.
        actual: name and type of each column; None while that is not known.
    """
    if declared is None:
        return [ColumnRow(name, "", actual_type=kind) for name, kind in actual or ()]
    by_name = {str(column.get("name", "")).lower(): column for column in declared}
    if actual is None:
        return [_row(column, str(column.get("name", "")), "", "") for column in by_name.values()]
    rows = []
    for name, kind in actual:
        column = by_name.pop(name.lower(), None)
        if column is None:
            rows.append(ColumnRow(name, ADDED, actual_type=kind))
            continue
        said = str(column.get("type") or "")
        drift = MATCHES if not said or same_type(said, kind) else RETYPED
        rows.append(_row(column, name, drift, kind))
    return rows + [
        _row(column, str(column.get("name", "")), MISSING, "") for column in by_name.values()
    ]


def _row(column: Mapping[str, Any], name: str, drift: str, kind: str) -> ColumnRow:
    constraints = (
        str(each.get("type", "") if isinstance(each, dict) else each)
        for each in column.get("constraints") or ()
    )
    return ColumnRow(
        name,
        drift,
        str(column.get("type") or ""),
        kind,
        _gist(str(column.get("description") or "")),
        tuple(column.get("tests") or ()),
        tuple(constraints),
    )


def _gist(description: str) -> str:
    """The first paragraph on one line: a table in Markdown below it makes no sense there."""
    first, _, rest = description.strip().partition("\n\n")
    words = " ".join(first.split())
    return f"{words} …" if rest.strip() else words


def drift_words(rows: Sequence[ColumnRow]) -> Content:
    """How many columns there are, and how far they differ from what is declared."""
    parts: list[tuple[str, str]] = [(plural(len(rows), "column"), "bold")]
    counts = ((ADDED, "not declared"), (MISSING, "not in the database"), (RETYPED, "retyped"))
    found = False
    for drift, words in counts:
        if count := sum(row.drift == drift for row in rows):
            parts.append((f"   {drift} {count} {words}", STYLES[drift]))
            found = True
    if not found and rows and rows[0].drift:
        parts.append(("   as declared", "$status-fresh"))
    return Content.assemble(*parts)


def columns_sheet(rows: Sequence[ColumnRow], *, width: int) -> Content:
    """The columns as a table; the description takes what room is left, wrapped."""
    if not rows:
        return Content("")
    names = _width((row.name for row in rows), "column", 32, width // 3)
    types = _width((_type_text(row) for row in rows), "type", 40, width // 3)
    tests = _width((_tests_text(row) for row in rows), "checks", 36, width // 4)
    rest = width - names - types - tests - 2 - 3 * 2
    if rest < 16:  # no room beside: the description goes under the name
        tests = max(min(tests, width - names - types - 6), 0)
        rest = 0
    head = [("  ", ""), ("column".ljust(names), "$dim"), ("  ", ""), ("type".ljust(types), "$dim")]
    if tests:
        head += [("  ", ""), ("checks".ljust(tests), "$dim")]
    if rest:
        head += [("  ", ""), ("description", "$dim")]
    lines = [Content.assemble(*head)]
    for row in rows:
        lines += _row_lines(row, names, types, tests, rest, width)
    return Content("\n").join(lines)


def _width(texts: Iterable[str], title: str, most: int, part: int) -> int:
    widest = max((len(text) for text in texts), default=0)
    return max(min(widest, most, part), len(title))


def _type_text(row: ColumnRow) -> str:
    return (row.actual_type or row.declared_type).lower()


def _tests_text(row: ColumnRow) -> str:
    return " ".join((*row.tests, *(f"({each})" for each in row.constraints)))


def _row_lines(
    row: ColumnRow, names: int, types: int, tests: int, rest: int, width: int
) -> list[Content]:
    style = STYLES.get(row.drift, "$dim")
    sign = row.drift if row.drift in WORDS else " "
    told = Content(row.description)
    if row.drift in WORDS:
        words = WORDS[row.drift] + (f" {row.declared_type}" if row.drift == RETYPED else "")
        told = Content.styled(words, style) + (Content("  ") + told if row.description else "")
    cells = [
        [Content.styled(sign, style)],
        Content.styled(row.name, "" if row.drift != MISSING else "$dim").wrap(names),
        Content.styled(_type_text(row), "$status-running" if row.actual_type else "$dim").wrap(
            types
        ),
    ]
    widths = [1, names, types]
    if tests:
        cells.append(Content.styled(_tests_text(row), "$status-fresh").wrap(tests))
        widths.append(tests)
    if rest:
        cells.append(told.wrap(rest) if told.plain else [])
        widths.append(rest)
    lines = []
    for index in range(max(len(cell) for cell in cells)):
        parts = []
        for place, (cell, size) in enumerate(zip(cells, widths, strict=True)):
            text = cell[index] if index < len(cell) else Content("")
            gap = " " if place == 0 else "  "
            parts.append(text.pad_right(max(size - text.cell_length, 0)) + gap)
        lines.append(Content("").join(parts).rstrip())
    if not rest and told.plain:
        lines += [Content("    ") + part for part in told.wrap(max(width - 4, 8))]
    return lines
