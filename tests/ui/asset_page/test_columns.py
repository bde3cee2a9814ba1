"""Columns as declared beside those of the database."""

from typing import Any

import pytest
from rich.cells import cell_len

from tui.ui.asset_page.columns import (
    ADDED,
    MATCHES,
    MISSING,
    RETYPED,
    column_lines,
    column_rows,
    drift_words,
    same_type,
)

DECLARED: list[dict[str, Any]] = [
    {"name": "ID", "type": "int", "tests": ["unique"], "description": "Its [b]key[/b]."},
    {"name": "born", "type": "timestamp", "constraints": [{"type": "not_null"}]},
    {"name": "phone"},
    {"name": "name"},
]
ACTUAL = [["id", "INTEGER"], ["name", "VARCHAR"], ["born", "DATE"], ["email", "VARCHAR"]]


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ("int", "INTEGER"),
        ("numeric(10, 2)", "DECIMAL(10,2)"),
        ("decimal", "DECIMAL(38,2)"),
        ("text", "VARCHAR"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
    ],
)
def test_names_of_one_type_are_the_same(declared: str, actual: str) -> None:
    assert same_type(declared, actual)


def test_another_size_is_another_type() -> None:
    assert not same_type("decimal(10,2)", "DECIMAL(38,2)")
    assert not same_type("date", "TIMESTAMP")


def test_columns_stand_as_in_the_database_and_tell_their_drift() -> None:
    rows = column_rows(DECLARED, ACTUAL)
    assert [(row.name, row.drift) for row in rows] == [
        ("id", MATCHES), ("name", MATCHES), ("born", RETYPED), ("email", ADDED),
        ("phone", MISSING),
    ]  # fmt: skip


def test_without_the_database_nothing_is_said_of_drift() -> None:
    rows = column_rows(DECLARED, None)
    assert {row.drift for row in rows} == {""}
    assert drift_words(rows).plain == "4 columns"


def test_without_dbt_nothing_is_said_of_drift() -> None:
    rows = column_rows(None, ACTUAL)
    assert [(row.name, row.drift) for row in rows] == [(name, "") for name, _ in ACTUAL]


def test_the_drift_is_counted() -> None:
    words = drift_words(column_rows(DECLARED, ACTUAL)).plain
    assert words == "5 columns   + 1 not declared   - 1 not in the database   ~ 1 retyped"
    good = column_rows(DECLARED[:1], ACTUAL[:1])
    assert drift_words(good).plain == "1 column   as declared"


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_table_fits_its_width_and_shows_descriptions_as_they_are(width: int) -> None:
    heads, lines = column_lines(column_rows(DECLARED, ACTUAL), width=width)
    texts = ["".join(text for text, _ in line.segments).rstrip() for line in lines]
    assert all(len(line) <= width for line in (heads, *texts))
    text = "\n".join(texts)
    assert "Its [b]key[/b]." in text
    assert "declared as" in text


def test_wide_names_stand_on_one_line() -> None:
    rows = column_rows([], [["数量" * 6, "INTEGER"], ["id", "INTEGER"]])
    _, lines = column_lines(rows, width=100)
    assert [line.row for line in lines] == [0, 1]
    widths = [sum(cell_len(text) for text, _ in line.segments) for line in lines]
    assert widths[0] == widths[1]
