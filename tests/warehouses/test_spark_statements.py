"""Data diffs and profiles in Spark against those in Python, on random tables."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.data_diff.brute_force import differing
from tests.engine.profile_brute_force import check_profile
from tests.warehouses.spark import spark_server
from tui.engine.data_diff.columns import Column
from tui.engine.data_diff.comparison import Relation, compare
from tui.engine.data_diff.statements import Dialect
from tui.engine.inspect.profile_sql import profile_statement, read_profile, rows_to_read

pytestmark = [
    pytest.mark.skipif(
        "spark" not in os.environ.get("DBTREE_TEST_WAREHOUSES", ""),
        reason="`make test-warehouses` starts a Spark",
    ),
    pytest.mark.timeout(3600),
]

EXAMPLES = 12
"""Random tables of each test: each takes five statements of about a second."""
ASKING = """\
import json, sys
from pyhive import hive
cursor = hive.connect("127.0.0.1", int(sys.argv[1])).cursor()
for line in sys.stdin:
    try:
        cursor.execute(json.loads(line))
        answer = cursor.fetchall()
    except Exception as error:
        answer = str(error)
    print(json.dumps(answer, default=str), flush=True)
"""
"""Answers one statement a line, each as JSON: rows, or what is wrong with it."""
WHOLE = 123456789012345678901234567890
VALUES: dict[str, list[tuple[Any, str]]] = {
    "int": [(0, "0"), (1, "1"), (2, "2")],
    "bigint": [(0, "0"), (2**62, str(2**62))],
    "string": [("", "''"), ("a", "'a'"), ("A", "'A'"), ("a ", "'a '"), ("é", "'é'"), ('"', "'\"'")],
    "double": [
        (0.0, "0"), (0.1 + 0.2, "0.30000000000000004D"), (0.3, "0.3D"), (1e300, "1e300"),
        (float("nan"), "'NaN'"), (float("inf"), "'Infinity'"),
    ],
    "decimal(38,2)": [(Decimal("0.01"), "0.01"), (Decimal(f"{WHOLE}.12"), f"{WHOLE}.12")],
    "date": [(date(1, 1, 1), "'0001-01-01'"), (date(2024, 2, 29), "'2024-02-29'")],
    "timestamp": [
        (datetime.fromisoformat("2024-01-01"), "'2024-01-01 00:00:00'"),
        (datetime.fromisoformat("2024-01-01T00:00:00.000001"), "'2024-01-01 00:00:00.000001'"),
    ],
    "boolean": [(True, "true"), (False, "false")],
    "binary": [(b"", "''"), (b"a", "'a'")],
    "array<int>": [([], "array()"), ([1], "array(1)"), ([1, 2], "array(1, 2)")],
    "map<string,int>": [({"a": 1}, "map('a', 1)"), ({"a": 2}, "map('a', 2)")],
    "struct<a:int>": [({"a": 1}, "named_struct('a', 1)"), ({"a": 2}, "named_struct('a', 2)")],
}  # fmt: skip
"""Of each type: values in Python, and how Spark's SQL writes them."""
NAMES = ["id", "Order", "a `b`", "select", "c0", "there", "é"]
PROFILED = ["int", "bigint", "string", "double", "date", "boolean", "array<int>"]


def quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


Ask = Callable[[str], list[list[Any]]]
Cells = Sequence[tuple[Any, str]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with spark_server() as server:
        words = [str(server.python), "-c", ASKING, str(server.port)]
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:

            def answer(statement: str) -> list[list[Any]]:
                assert process.stdin is not None
                assert process.stdout is not None
                print(json.dumps(statement), file=process.stdin, flush=True)
                found = json.loads(process.stdout.readline())
                assert not isinstance(found, str), f"{statement}\n{found[:600]}"
                return list(found)

            yield answer
            process.stdin.close()  # type: ignore[union-attr]


def rows_of(types: Sequence[str], most: int) -> st.SearchStrategy[list[Cells]]:
    cell = [st.just((None, "null")) | st.sampled_from(VALUES[kind]) for kind in types]
    return st.lists(st.tuples(*cell), max_size=most)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[int], list[Cells], list[Cells]]:
    """The types of columns, which are the key, and the rows of two tables alike."""
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=7))
    key = draw(st.lists(st.integers(0, len(types) - 1), max_size=2, unique=True))
    before = draw(rows_of(types, 6))
    kept = draw(st.lists(st.sampled_from(before), max_size=6)) if before else []
    return types, key, before, [*kept, *draw(rows_of(types, 6))]


def as_query(types: Sequence[str], rows: Sequence[Cells]) -> str:
    """A relation of these rows, without a table."""

    def select(cells: Sequence[str]) -> str:
        named = zip(cells, types, NAMES, strict=False)
        columns = [f"cast({cell} as {kind}) as {quoted(name)}" for cell, kind, name in named]
        return f"select {', '.join(columns)}"

    selects = [select([cell for _, cell in row]) for row in rows]
    nothing = f"{select(['null'] * len(types))} where false"
    return f"({' union all '.join(selects) or nothing})"


def plain(rows: Sequence[Cells]) -> list[tuple[Any, ...]]:
    return [tuple(value for value, _ in row) for row in rows]


@settings(max_examples=EXAMPLES, deadline=None)
@given(case=tables())
def test_a_diff_counts_what_python_counts(ask: Ask, case: Any) -> None:
    types, key, before, after = case
    columns = [Column(name, kind) for name, kind in zip(NAMES, types, strict=False)]
    left, right = (Relation(as_query(types, rows), columns) for rows in (before, after))

    found = compare(
        ask,
        left,
        right,
        [NAMES[place] for place in key],
        dialect=Dialect("spark", quoted),
        samples=100,
    )  # fmt: skip

    expected = differing(plain(before), plain(after), key, len(types))
    assert found["rows"] == expected["rows"]
    if key:
        counted = {place: one["differing"] for place, one in enumerate(found["columns"])}
        assert {p: n for p, n in counted.items() if p not in key} == expected["columns"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=rows_of(PROFILED, 12))
def test_a_profile_counts_what_python_counts(ask: Ask, rows: list[Cells]) -> None:
    columns = [[name, kind] for name, kind in zip(NAMES, PROFILED, strict=False)]
    chosen = rows_to_read(as_query(PROFILED, rows), "spark", total=len(rows), sample=1000)

    number, profiles = read_profile(ask(profile_statement(chosen, columns, "spark")), columns)

    assert number == len(rows)
    for place, one in enumerate(profiles):
        check_profile(one, [row[place] for row in plain(rows)])
