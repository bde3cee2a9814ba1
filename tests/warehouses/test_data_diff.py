"""The diff in Postgres against one in Python, on random tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.data_diff.brute_force import differing
from tests.warehouses.postgres import DATABASE, PASSWORD, USER, PostgresServer
from tui.engine.data_diff.columns import Column
from tui.engine.data_diff.comparison import Relation, compare
from tui.engine.data_diff.statements import Dialect, double_quoted

VALUES: dict[str, list[Any]] = {
    "integer": [0, 1, 2],
    "text": ["", "a", "A", "é", "'"],
    "double precision": [0.0, -0.0, 0.1 + 0.2, 0.3, float("nan"), float("inf")],
    "numeric": [Decimal("0.1"), Decimal("123456789012345678901234567890.12")],
    "date": [date(2024, 2, 29), date(1, 1, 1)],
    "boolean": [True, False],
    "json": ['{"a": 1}', '{"a": 2}', "[]"],
    "integer[]": [[], [1], [1, 2]],
    "point": ["(1,2)", "(1,3)"],
}
NAMES = ["id", "Order", "select", "c0", "there", "n_b"]


@pytest.fixture(scope="module")
def cursor(postgres: PostgresServer) -> Iterator[Any]:
    connection = psycopg2.connect(
        host="127.0.0.1", port=postgres.port, user=USER, password=PASSWORD, dbname=DATABASE,
    )  # fmt: skip
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[int], list[Any], list[Any]]:
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    key = draw(st.lists(st.integers(0, len(types) - 1), max_size=2, unique=True))
    rows = st.lists(
        st.tuples(*(st.none() | st.sampled_from(VALUES[kind]) for kind in types)), max_size=6
    )
    before = draw(rows)
    kept = draw(st.lists(st.sampled_from(before), max_size=6)) if before else []
    return types, key, before, [*kept, *draw(rows)]


def make(cursor: Any, name: str, types: Sequence[str], rows: Sequence[Any]) -> Relation:
    columns = [f"{double_quoted(NAMES[i])} {kind}" for i, kind in enumerate(types)]
    cursor.execute(f"drop table if exists {name}; create temp table {name} ({', '.join(columns)})")
    for row in rows:
        marks = ", ".join(f"%s::{kind}" for kind in types)
        cursor.execute(f"insert into {name} values ({marks})", row)
    named = zip(NAMES, types, strict=False)
    return Relation(name, [Column(one, "ARRAY" if "[" in kind else kind) for one, kind in named])


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=tables())
def test_it_counts_what_python_counts(cursor: Any, case: Any) -> None:
    types, key, before, after = case
    sides = make(cursor, "dbtree_b", types, before), make(cursor, "dbtree_a", types, after)

    def ask(statement: str) -> Any:
        cursor.execute(statement)
        return cursor.fetchall()

    names = [NAMES[place] for place in key]
    found = compare(ask, *sides, names, dialect=Dialect("postgres"), samples=100)

    expected = differing(before, after, key, len(types))
    assert found["rows"] == expected["rows"]
    if key:
        counted = {place: one["differing"] for place, one in enumerate(found["columns"])}
        assert {p: n for p, n in counted.items() if p not in key} == expected["columns"]
