"""What the values of the columns of an asset are like: nulls, different values, references."""

from __future__ import annotations

import re
from typing import Any

from tui.engine.execution.relations import columns_of, relation_of, row_count_of
from tui.engine.inspect.details import refused
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.preview import HAVE_READ_ONLY, begin_reading
from tui.engine.inspect.profile_sql import dialect_of, quoted
from tui.engine.inspect.reading import read_aside
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import ColumnsCounted, CountColumns, Refused
from tui.protocol.records import Problem

MOST_ROWS = 5_000_000
"""Rows beyond which counting would take too long."""
MOST_VALUES = 10
LONGEST_VALUE = 60
COUNTABLE = re.compile(
    r"(u?\w*int(eger)?\d*|dec|num|float|double|real|.*char|text|string|date|time|bool|uuid)",
    re.IGNORECASE,
)
TEXTS = re.compile(r"(.*char|text|string)", re.IGNORECASE)


def count_columns(warm: WarmProject, request: CountColumns) -> ColumnsCounted | Refused:
    """Count, where there are not too many rows."""
    node = find_node(warm.manifest, request.unique_id)
    if node is None or not getattr(node, "relation_name", None):
        return Refused(request.id, f"{request.unique_id} has no relation in the database.")
    outcome = read_aside(warm, lambda: _counted(warm, request, node))
    return refused(request.id, outcome) if isinstance(outcome, Problem) else outcome


def _counted(warm: WarmProject, request: CountColumns, node: Any) -> ColumnsCounted | Problem:
    adapter = warm.loaded.adapter
    relation = relation_of(adapter, warm.config, node)
    with adapter.connection_named("dbtree_columns"):
        if adapter.type() in HAVE_READ_ONLY:
            begin_reading(adapter)
        rows = row_count_of(adapter, relation)
        if rows > MOST_ROWS:
            words = f"{node.name} has {rows:,} rows: tests are suggested for up to {MOST_ROWS:,}."
            return Problem("engine", words)
        known = [one for one in columns_of(adapter, relation) if COUNTABLE.match(one[1])]
        columns = _columns(adapter, relation, known)
        orphans = [_orphans(warm, adapter, relation, one) for one in request.references]
    return ColumnsCounted(request.id, rows, columns, orphans)


def _ask(adapter: Any, statement: str) -> list[Any]:
    _, cursor = adapter.connections.add_query(statement, auto_begin=False)
    return list(cursor.fetchall())


def _columns(adapter: Any, relation: Any, known: list[list[str]]) -> list[list[Any]]:
    """Name, type, nulls, different values, and those of few texts."""
    if not known:
        return []
    dialect = dialect_of(adapter.type())
    own = [quoted(name, dialect) for name, _ in known]
    parts = [f"count({name}), count(distinct {name})" for name in own]
    counts = _ask(adapter, f"select count(*), {', '.join(parts)} from {relation}")[0]
    found: list[list[Any]] = []
    for place, (name, kind) in enumerate(known):
        there, distinct = int(counts[1 + 2 * place]), int(counts[2 + 2 * place])
        values = None
        if TEXTS.match(kind) and 2 <= distinct <= MOST_VALUES:
            rows = _ask(
                adapter,
                f"select distinct {own[place]} from {relation} "
                f"where {own[place]} is not null order by 1",
            )
            texts = [str(row[0]) for row in rows]
            values = texts if all(len(text) <= LONGEST_VALUE for text in texts) else None
        found.append([name, kind, int(counts[0]) - there, distinct, values])
    return found


def _orphans(warm: WarmProject, adapter: Any, relation: Any, reference: list[str]) -> int | None:
    """Rows that refer to nothing; None where the other relation cannot be read."""
    column, unique_id, field = reference
    parent = find_node(warm.manifest, unique_id)
    if parent is None or not getattr(parent, "relation_name", None):
        return None
    other = relation_of(adapter, warm.config, parent)
    if adapter.get_relation(other.database, other.schema, other.identifier) is None:
        return None
    dialect = dialect_of(adapter.type())
    own, its = quoted(column, dialect), quoted(field, dialect)
    rows = _ask(
        adapter,
        f"select count(*) from {relation} as c left join {other} as p on c.{own} = p.{its} "
        f"where c.{own} is not null and p.{its} is null",
    )
    return int(rows[0][0])
