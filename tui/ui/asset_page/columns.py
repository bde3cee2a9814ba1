"""Columns as they are declared beside those that the database has, and where the two part. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tui.text.formats import plural
from tui.ui.rows.segments import TextSegment

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
LINE_STYLES = {ADDED: "stale", MISSING: "failed", RETYPED: "stale"}
"""The same, as the lines of the table name them."""

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


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One line of the table: a column takes several where its description is wrapped."""

    row: int
    """Of which column."""
    segments: tuple[TextSegment, ...]


def column_lines(rows: Sequence[ColumnRow], *, width: int) -> tuple[str, list[ColumnLine]]:
    """The columns as the heads and the lines of a table; the description takes what room is left,
    wrapped.
    """
    names = _width((row.name for row in rows), "column", 32, width // 3)
    types = _width((_type_text(row) for row in rows), "type", 40, width // 3)
    tests = _width((_tests_text(row) for row in rows), "checks", 36, width // 4)
    rest = width - names - types - tests - 2 - 3 * 2
    if rest < 16:  # no room beside: the description goes under the name
        tests = max(min(tests, width - names - types - 6), 0)
        rest = 0
    heads = f"  {'column'.ljust(names)}  {'type'.ljust(types)}"
    heads += f"  {'checks'.ljust(tests)}" if tests else ""
    heads += "  description" if rest else ""
    lines = [
        ColumnLine(number, line)
        for number, row in enumerate(rows)
        for line in _row_lines(row, names, types, tests, rest, width)
    ]
    return heads, lines


def _width(texts: Iterable[str], title: str, most: int, part: int) -> int:
    widest = max(map(cell_len, texts), default=0)
    return max(min(widest, most, part), len(title))


def _type_text(row: ColumnRow) -> str:
    return (row.actual_type or row.declared_type).lower()


def _tests_text(row: ColumnRow) -> str:
    return " ".join((*row.tests, *(f"({each})" for each in row.constraints)))


def _wrapped(text: str, width: int) -> list[str]:
    return [line.plain for line in Content(text).wrap(max(width, 8))] if text else []


def _row_lines(
    row: ColumnRow, names: int, types: int, tests: int, rest: int, width: int
) -> list[tuple[TextSegment, ...]]:
    style = LINE_STYLES.get(row.drift, "dim")
    words = ""
    if row.drift in WORDS:
        words = WORDS[row.drift] + (f" {row.declared_type}" if row.drift == RETYPED else "")
    told = "  ".join(each for each in (words, row.description) if each)
    cells = [
        ([row.drift if row.drift in WORDS else " "], style, 1),
        (_wrapped(row.name, names), "name" if row.drift != MISSING else "dim", names),
        (_wrapped(_type_text(row), types), "type" if row.actual_type else "dim", types),
    ]
    if tests:
        cells.append((_wrapped(_tests_text(row), tests), "fresh", tests))
    beside = told if rest else ""
    cells.append((_wrapped(beside, rest), "plain", rest))
    lines = []
    for index in range(max(len(texts) for texts, _, _ in cells)):
        segments: list[TextSegment] = []
        for place, (texts, name, size) in enumerate(cells):
            text = texts[index] if index < len(texts) else ""
            gap = " " if place == 0 else "  "
            segments += _marked(text, words if place == len(cells) - 1 and not index else "", style,
                                name)  # fmt: skip
            segments.append((" " * max(size - cell_len(text), 0) + gap, ""))
        lines.append(tuple(segments))
    if not rest:
        for number, text in enumerate(_wrapped(told, width - 4)):
            lines.append((("    ", ""), *_marked(text, "" if number else words, style, "plain")))
    return lines


def _marked(text: str, words: str, style: str, rest: str) -> list[TextSegment]:
    """A text that may begin with words of another style."""
    if words and text.startswith(words):
        return [(words, style), (text[len(words) :], rest)]
    return [(text, rest)]
