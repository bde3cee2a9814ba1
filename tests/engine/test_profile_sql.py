"""The profile of a relation, counted by DuckDB, against one that is counted in Python."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.profile_brute_force import EPOCH, check_profile
from tui.engine.inspect.profile_sql import (
    MOST_COLUMNS,
    kind_of,
    profile_statement,
    read_profile,
    rows_to_read,
    statements,
)
from tui.protocol.profiles import DATE, NUMBER, OTHER, TEXT, ColumnProfile

COLUMNS = [
    ["whole", "BIGINT"], ["wide", "HUGEINT"], ["exact", "DECIMAL(20,4)"], ["real", "DOUBLE"],
    ["told \"so\"", "VARCHAR"], ["day", "DATE"], ["moment", "TIMESTAMP"], ["sure", "BOOLEAN"],
    ["many", "INTEGER[]"],
]  # fmt: skip
LATE = datetime.datetime(2100, 1, 1)  # noqa: DTZ001  no zone
FLOATS = st.one_of(
    st.floats(-1e300, 1e300, allow_subnormal=False),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, 1e-300]),
)
VALUES: list[st.SearchStrategy[Any]] = [
    st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2),
    st.integers(-(2**120), 2**120),
    st.decimals(-(10**15), 10**15, places=4) | st.sampled_from([Decimal("1.5"), Decimal(0)]),
    FLOATS,
    st.text("ab '\"\n", max_size=3),
    st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)),
    st.datetimes(EPOCH, LATE),
    st.booleans(),
    st.lists(st.integers(0, 2), max_size=2),
]
TABLES = st.lists(st.tuples(*(st.none() | one for one in VALUES)), max_size=40)


def counted(rows: list[tuple[Any, ...]]) -> tuple[int, list[ColumnProfile]]:
    with duckdb.connect() as database:
        told = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}" {kind}' for name, kind in COLUMNS)
        database.execute(f"create table profiled ({told})")
        if rows:
            marks = ", ".join("?" * len(COLUMNS))
            database.executemany(f"insert into profiled values ({marks})", rows)
        chosen = rows_to_read("profiled", "duckdb", total=len(rows), sample=1000)
        answer = database.execute(profile_statement(chosen, COLUMNS, "duckdb")).fetchall()
    return read_profile(answer, COLUMNS)


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_a_profile_is_what_brute_force_finds(rows: list[tuple[Any, ...]]) -> None:
    number, profiles = counted(rows)
    assert number == len(rows)
    for place, one in enumerate(profiles):
        check_profile(one, [row[place] for row in rows])


def test_a_value_is_told_as_the_database_writes_it() -> None:
    row = (1, 2, Decimal("2.5"), math.nan, "a b", datetime.date(2026, 1, 2), None, True, [1, 2])
    _, profiles = counted([row, row])
    by_name = {one.name: one for one in profiles}
    assert by_name["real"].top == (("nan", 2),)
    assert by_name["real"].mean is None
    assert by_name["exact"].least == "2.5000"
    assert by_name["day"].greatest == "2026-01-02"
    assert by_name["moment"].nulls == 2
    assert by_name["many"].top == (("[1, 2]", 2),)
    assert (by_name["sure"].least, by_name["sure"].greatest) == ("true", "true")


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("integer", NUMBER), ("DECIMAL(18,3)", NUMBER), ("double precision", NUMBER),
        ("UBIGINT", NUMBER), ("float64", NUMBER), ("interval", OTHER),
        ("timestamp without time zone", DATE), ("DATE", DATE), ("datetime2", DATE),
        ("character varying(256)", TEXT), ("string", TEXT), ("time without time zone", TEXT),
        ("integer[]", OTHER), ("STRUCT(a INTEGER)", OTHER), ("jsonb", OTHER), ("point", OTHER),
    ],
)  # fmt: skip
def test_a_type_says_what_can_be_told(type_name: str, kind: str) -> None:
    assert kind_of(type_name) == kind


def test_a_large_table_is_sampled_and_a_view_is_read_from_its_beginning() -> None:
    small = rows_to_read("t", "duckdb", total=10, sample=10)
    assert (small.method, small.source) == ("all", "t")
    large = rows_to_read("t", "postgres", total=1_000_000, sample=100_000)
    assert large.source == "t tablesample bernoulli (10.000000) repeatable (0)"
    assert rows_to_read("v", "spark", total=None, sample=5).limit == 5
    assert rows_to_read("t", "odd_one", total=100, sample=5).method == "first"
    assert rows_to_read("t", "duckdb", total=1_000_000, sample=0).method == "all"


def test_a_sample_has_as_many_rows_as_were_asked_for() -> None:
    with duckdb.connect() as database:
        database.execute("create table t as select range as id from range(5000)")
        chosen = rows_to_read("t", "duckdb", total=5000, sample=100)
        answer = database.execute(profile_statement(chosen, [["id", "BIGINT"]], "duckdb"))
        rows, [one] = read_profile(answer.fetchall(), [["id", "BIGINT"]])
    assert (rows, one.distinct, sum(one.bars)) == (100, 100, 100)


def test_a_very_wide_relation_takes_several_statements() -> None:
    columns = [[f"c{number}", "INTEGER"] for number in range(MOST_COLUMNS + 1)]
    parts = list(statements(rows_to_read("t", "duckdb", total=1, sample=9), columns, "duckdb"))
    assert [len(part) for _, part in parts] == [MOST_COLUMNS, 1]


@pytest.mark.parametrize("adapter", ["postgres", "spark", "snowflake", "bigquery", "trino"])
def test_the_statement_is_one_that_the_dialect_parses(adapter: str) -> None:
    import sqlglot

    chosen = rows_to_read("db.sales", adapter, total=1000, sample=10)
    names = [["a", "integer"], ["b c", "double"], ["d", "date"], ["e", "text"], ["f", "json"]]
    [parsed] = sqlglot.parse(profile_statement(chosen, names, adapter), dialect=adapter)
    assert parsed is not None
