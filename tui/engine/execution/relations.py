"""What the database knows about a relation: whether it exists, its columns, its row count.

Each function needs an open connection, and is one query of the cheap kind.
"""

from __future__ import annotations

from typing import Any

COUNTED = frozenset({"table", "incremental", "seed", "snapshot"})
"""Materializations whose rows are stored: counting them does not compute anything."""

Columns = list[list[str]]
"""Name and type of each column, in their order."""


def relation_of(adapter: Any, config: Any, node: Any) -> Any:
    """The adapter's relation of a node that builds or reads one."""
    return adapter.Relation.create_from(config, node)


def columns_of(adapter: Any, relation: Any) -> Columns:
    """The columns that a relation has in the database."""
    if adapter.type() == "duckdb":
        # Its description of a cursor has the exact types, and costs no walk of the catalogue.
        _, cursor = adapter.connections.add_query(
            f"select * from {relation} limit 0", auto_begin=False
        )
        return [[str(column[0]), str(column[1])] for column in cursor.description or ()]
    found = adapter.get_columns_in_relation(relation)
    return [[str(column.name), str(column.data_type)] for column in found]


def row_count_of(adapter: Any, relation: Any) -> int:
    """How many rows a relation has."""
    _, cursor = adapter.connections.add_query(f"select count(*) from {relation}", auto_begin=False)
    # Some adapters' cursors have no other way to fetch.
    return int(cursor.fetchall()[0][0])
