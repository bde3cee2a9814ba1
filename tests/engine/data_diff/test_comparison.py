"""The diff in the database against one in Python, on random tables."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.data_diff.brute_force import differing
from tui.engine.data_diff.columns import Column
from tui.engine.data_diff.comparison import NotComparable, Relation, compare
from tui.engine.data_diff.statements import Dialect, double_quoted

DECIMALS = [Decimal("0.00"), Decimal("0.01"), Decimal("123456789012345678901234567890.12")]
VALUES: dict[str, list[Any]] = {
    "integer": [0, 1, 2],
    "varchar": ["", "a", "A", "a ", "é", "'", '"', "null"],
    "double": [0.0, -0.0, 0.1, 0.1 + 0.2, 0.3, float("nan"), float("inf"), 1e300],
    "hugeint": [0, 2**100, -(2**100)],
    "decimal(38,2)": DECIMALS,
    "date": [date(1, 1, 1), date(2024, 2, 29)],
    "blob": [b"", b"\x00", b"a"],
    "boolean": [True, False],
    "integer[]": [[], [1], [1, 2], [None]],
    "timestamp": [
        datetime.fromisoformat(text)
        for text in ("2024-01-01", "2024-01-01T00:00:00.000001", "9999-12-31")
    ],
    "timestamp with time zone": [
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(1969, 7, 1, tzinfo=UTC),
    ],
    "time": [time(0, 0), time(23, 59, 59, 999999)],
    "interval": [timedelta(0), timedelta(days=1), timedelta(hours=25)],
    "uuid": [UUID(int=0), UUID(int=2**127)],
    "struct(a integer, b varchar[])": [
        {"a": 1, "b": ["x"]},
        {"a": 1, "b": []},
        {"a": None, "b": None},
    ],
    "map(varchar, integer)": [{}, {"a": 1}, {"a": 2}, {"a": 1, "b": 1}],
    "json": ['{"a": 1}', '{"a":1}', "[]", "null"],
}
AWKWARD = ["id", "Order", 'a "b"', "select", "c0", "there", "n_b", "x0", "é"]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[int], list[Any], list[Any]]:
    """The types of columns, which are the key, and the rows of two tables alike."""
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=9))
    key = draw(st.lists(st.integers(0, len(types) - 1), max_size=2, unique=True))
    values = [st.none() | st.sampled_from(VALUES[kind]) for kind in types]
    rows = st.lists(st.tuples(*values), max_size=8)
    before = draw(rows)
    kept = draw(st.lists(st.sampled_from(before), max_size=8)) if before else []
    return types, key, before, [*kept, *draw(rows)]


def make(
    database: duckdb.DuckDBPyConnection, name: str, types: Sequence[str], rows: Sequence[Any]
) -> Relation:
    columns = [f"{double_quoted(AWKWARD[i])} {kind}" for i, kind in enumerate(types)]
    database.execute(f"create or replace table {name} ({', '.join(columns)})")
    if rows:
        marks = f"({', '.join('?' * len(types))})"
        values = [value for row in rows for value in row]
        database.execute(f"insert into {name} values {', '.join([marks] * len(rows))}", values)
    return relation(database, name)


def relation(database: duckdb.DuckDBPyConnection, name: str) -> Relation:
    found = database.execute(f"select * from {name} limit 0").description or []
    return Relation(name, [Column(str(one[0]), str(one[1])) for one in found])


def diff(
    database: duckdb.DuckDBPyConnection, before: Relation, after: Relation, *key: str, **more: Any
) -> dict[str, Any]:
    return compare(lambda sql: database.execute(sql).fetchall(), before, after, key, **more)


def of(database: duckdb.DuckDBPyConnection, before: str, after: str, *key: str, **more: Any) -> Any:
    """The diff of two queries."""
    for name, query in (("b", before), ("a", after)):
        database.execute(f"create or replace table {name} as {query}")
    return diff(database, relation(database, "b"), relation(database, "a"), *key, **more)


@pytest.mark.parametrize("adapter", ["duckdb", "redshift"])
@settings(max_examples=60)
@given(case=tables())
def test_it_counts_what_python_counts(database: Any, adapter: str, case: Any) -> None:
    types, key, before, after = case
    sides = make(database, "b", types, before), make(database, "a", types, after)
    dialect = Dialect(adapter)

    found = diff(database, *sides, *(AWKWARD[place] for place in key), dialect=dialect)

    expected = differing(before, after, key, len(types))
    assert found["rows"] == expected["rows"]
    if key:
        counted = {place: one["differing"] for place, one in enumerate(found["columns"])}
        assert {p: n for p, n in counted.items() if p not in key} == expected["columns"]


@settings(max_examples=60)
@given(case=tables())
def test_the_samples_are_the_rows_that_differ(database: Any, case: Any) -> None:
    types, key, before, after = case
    sides = make(database, "b", types, before), make(database, "a", types, after)

    found = diff(database, *sides, *(AWKWARD[place] for place in key), samples=100)

    rows, samples = found["rows"], found["samples"]
    changed = samples["changed"]["rows"] if samples["changed"] else []
    assert len(changed) == rows["changed"]
    assert all(one["before"] != one["after"] for one in changed)
    whole = samples["whole"]["times"] if samples["whole"] else []
    for kind, sign in (("added", 1), ("removed", -1)):
        single = len(samples[kind]["rows"]) if samples[kind] else 0
        more = sum(max(0, sign * (after - before)) for before, after in whole)
        assert single + more == rows[kind]


def test_a_changed_row_stands_side_by_side(database: Any) -> None:
    found = of(
        database,
        "select * from (values (1, 'a', 1.5), (2, 'b', null), (3, 'c', 3)) t(id, name, price)",
        "select * from (values (1, 'a', 1.5), (2, 'B', 2), (4, 'd', 4)) t(id, name, price)",
        "ID",
    )  # fmt: skip
    rows = {"before": 3, "after": 3, "added": 1, "removed": 1, "changed": 1, "same": 1}
    assert found["rows"] == rows
    assert found["key"] == ["id"]
    assert found["samples"]["changed"] == {
        "key": ["id"],
        "columns": ["name", "price"],
        "rows": [{"key": ["2"], "before": ["b", None], "after": ["B", "2.0"]}],
    }
    assert found["samples"]["added"]["rows"] == [["4", "d", "4.0"]]
    assert found["samples"]["removed"]["rows"] == [["3", "c", "3.0"]]


def test_columns_that_come_go_and_change_their_type(database: Any) -> None:
    found = of(
        database,
        "select 1 as id, 5 as n, '7' as code, 1 as gone, 'x' as Name",
        "select 1::bigint as id, 5.0::double as n, 7 as code, 2 as fresh, 'x' as name",
        "id",
    )
    columns = {one["name"]: one for one in found["columns"]}
    assert {name: one["change"] for name, one in columns.items()} == {
        "id": "type", "n": "type", "code": "type", "fresh": "added", "gone": "removed",
        "name": None,
    }  # fmt: skip
    assert (columns["n"]["before"], columns["n"]["after"]) == ("INTEGER", "DOUBLE")
    assert columns["code"]["as_text"]
    assert not columns["n"]["as_text"]
    assert found["rows"]["changed"] == 0


def test_a_tolerance_forgives_floats_and_nothing_else(database: Any) -> None:
    before = "select 1 as id, 0.3::double as x, 0.3::decimal(4,2) as y"
    after = "select 1 as id, (0.1::double + 0.2) as x, 0.31::decimal(4,2) as y"
    exact = of(database, before, after, "id")
    near = of(database, before, after, "id", dialect=Dialect(tolerance=0.1))
    assert [one["differing"] for one in exact["columns"]] == [None, 1, 1]
    assert [one["differing"] for one in near["columns"]] == [None, 0, 1]


def test_a_wide_table_is_one_statement(database: Any) -> None:
    wide = ", ".join(f"i + {n} as column_{n}" for n in range(200))
    query = f"select i as id, {wide} from range(3) t(i)"
    found = of(database, query, f"select * replace (9 as column_150) from ({query})", "id")
    assert found["rows"]["changed"] == 3
    assert [one["name"] for one in found["columns"] if one["differing"]] == ["column_150"]


def test_a_key_that_is_not_in_both_is_said(database: Any) -> None:
    with pytest.raises(NotComparable, match="key's column kind is not in both"):
        of(database, "select 1 as id, 2 as kind", "select 1 as id", "id", "kind")
    with pytest.raises(NotComparable, match="no column in common"):
        of(database, "select 1 as x", "select 1 as y")
