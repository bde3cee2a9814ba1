"""Hand-checked answers for queries of every shape: `answers.txt` beside this file.

A case is the dialect, the query, and a line for each column: its name, a sign for what it is, the
columns that it is made of, and behind `|` the expression. `!` comes before what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tui.column_lineage.tracing import trace
from tui.column_lineage.values import (
    COMPUTED,
    PASS_THROUGH,
    RENAMED,
    UNKNOWN,
    Query,
    Relation,
    TracedAsset,
)

SIGNS = {PASS_THROUGH: "=", RENAMED: "~", COMPUTED: "<", UNKNOWN: "?"}
TABLES = {
    "orders": "id customer_id amount status ordered_at",
    "customers": "id name email",
    "payments": "payment_id paid",
    "refunds": "payment_id refunded",
    "payments_in_cents": "id amount",
    "events": "id payload",
    "orders_so_far": "id ordered_at",
}
RELATIONS = {
    **{f"db.shop.{k}": Relation(k, k, tuple(v.split())) for k, v in TABLES.items()},
    **{f"db.shop.{k}": Relation(k, k) for k in ("unknown", "unknown_too")},
    "__dbt__cte__eph": Relation("eph", "eph", ("id", "k")),
}


class Case(NamedTuple):
    """A query and its answer."""

    section: str
    dialect: str
    sql: str
    answer: str


def cases() -> Iterator[Case]:
    section = ""
    text = (Path(__file__).parent / "answers.txt").read_text(encoding="utf-8")
    for part in ("\n" + text).split("\n== ")[0:]:
        head, *sections = part.split("\n# ")
        if head.strip():
            first, _, rest = head.partition("\n")
            sql, _, answer = rest.partition("\n--")
            yield Case(section, first, sql, answer.strip())
        if sections:
            section = sections[0].strip()


def in_words(traced: TracedAsset) -> str:
    lines = []
    for one in traced.columns:
        sources = ", ".join(f"{asset}.{column}" for asset, column in one.sources)
        line = f"{one.name} {SIGNS[one.kind]} {sources}".rstrip()
        line += f" | {one.expression}" if one.expression else ""
        lines.append(line + (f" ! {one.note}" if one.note else ""))
    return "\n".join([*lines, *([f"! {traced.problem}"] if traced.problem else [])])


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section}: {case.sql[:60]}")
def test_each_column_comes_from_what_a_reader_says(case: Case) -> None:
    assert in_words(trace(Query(case.sql, case.dialect, RELATIONS))) == case.answer


def test_there_are_answers_for_more_than_a_hundred_shapes_in_many_dialects() -> None:
    assert len(CASES) > 110
    assert len({case.dialect for case in CASES}) > 12


def test_all_but_what_nobody_can_know_is_traced() -> None:
    """How much is traced of the queries above: stars of unknown tables and broken SQL are not."""
    found = [trace(Query(case.sql, case.dialect, RELATIONS)) for case in CASES]
    columns = [column for one in found for column in one.columns]
    known = sum(column.kind != UNKNOWN for column in columns)
    assert sum(not one.problem for one in found) / len(found) > 0.9
    assert known / len(columns) > 0.98
