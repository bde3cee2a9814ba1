"""The rows of an asset's relation, or those that make a check fail: read, and nothing else.

What is typed as a condition or an order stays a piece of the one statement that is run, and where
the adapter has transactions, what that does is rolled back.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.exceptions import DbtBaseException

from tui.engine.inspect.details import aside, compile_node, find_node, refused
from tui.engine.inspect.typed_sql import NotOneStatement, piece_of_statement
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Export, Preview, Previewed, Refused
from tui.protocol.records import DECLARED, Problem

LONGEST_VALUE = 10_000
"""Characters of one value of a preview."""
READ_ONLY = "begin transaction read only"
"""The transaction in which nothing of a database can change, where there is such a thing."""
FAILED = "fail"
"""The state of a connection that could not be opened."""
HAVE_READ_ONLY = frozenset({"duckdb", "postgres", "redshift", "greenplum", "cockroachdb"})
"""Adapters whose database has it. Elsewhere what is run is one select, and is rolled back where
there are transactions.
"""


def preview(warm: WarmProject, request: Preview) -> Previewed | Refused:
    """The first rows of an asset's relation, or those that make a check fail."""
    query = query_of(warm, request)
    if isinstance(query, Refused):
        return query
    node, rest = query

    def work() -> Previewed:
        return _read_rows(warm, request, node, rest)

    outcome = aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return outcome


def query_of(warm: WarmProject, request: Preview | Export) -> tuple[Any, str] | Refused:
    """The node whose rows are asked for, and the end of the query for them: what was typed."""
    node = find_node(warm, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt does not know {request.unique_id}.")
    if words := _has_no_rows(node):
        return Refused(request.id, words)
    rest = ""
    for clause, text in (("where", request.where), ("order by", request.order_by)):
        try:
            piece = piece_of_statement(text, warm.loaded.adapter.type())
        except NotOneStatement as error:
            return Refused(request.id, f"{clause}: {error}")
        if piece.strip():
            rest += f"\n{clause} {piece}"
    return node, rest


def _has_no_rows(node: Any) -> str:
    """Why a node has no rows to show, in a sentence; empty where it has."""
    if node.resource_type not in {"unit_test", "function", *DECLARED}:
        return ""
    kind = str(node.resource_type).replace("_", " ")
    return f"{node.name} has no rows: it is {'an' if kind[0] in 'aeiou' else 'a'} {kind}."


@contextmanager
def open_rows(warm: WarmProject, node: Any, rest: str, *, limit: int = 0) -> Iterator[Any]:
    """A cursor over the rows of a node's relation, or of its code where it builds none.

    Args:
        warm: The project.
        node: The node, as dbt's manifest has it.
        rest: The end of the query, of `query_of`.
        limit: Rows that are read at most; all where it is 0.
    """
    adapter = warm.loaded.adapter
    relation = getattr(node, "relation_name", None)
    if node.resource_type == "test" or not relation:
        relation = f"(\n{compile_node(warm, node)}\n) as dbtree_preview"
    sql = f"select * from {relation}{rest}"
    warm.attach_adapter()
    with adapter.connection_named("dbtree_preview"):
        if limit:
            sql = str(
                adapter.execute_macro("get_limit_subquery_sql", kwargs={"sql": sql, "limit": limit})
            )
        yield _execute(adapter, sql.strip())


def _execute(adapter: Any, sql: str) -> Any:
    """A cursor over the answer; the connection's release rolls back."""
    connections = adapter.connections
    if adapter.type() not in HAVE_READ_ONLY:
        return connections.add_query(sql, auto_begin=True)[1]
    connection = connections.get_thread_connection()
    if not getattr(connections, "disable_transactions", False):  # DuckDB's profile may say so
        try:
            connections.add_query(READ_ONLY, auto_begin=False)
            connection.transaction_open = True
        except DbtBaseException:
            if connection.state == FAILED:
                raise  # it was not even opened
            # A database from before there were such transactions, or behind another's protocol.
            connections.begin()
    count = getattr(connection.handle.cursor(), "extract_statements", None)
    if count is not None:
        with connections.exception_handler(sql):
            statements = count(sql)
        if len(statements) != 1:
            raise NotOneStatement("Only one statement can be run.")
    return connections.add_query(sql, auto_begin=False)[1]


def _read_rows(warm: WarmProject, request: Preview, node: Any, rest: str) -> Previewed:
    adapter = warm.loaded.adapter
    with open_rows(warm, node, rest, limit=request.limit) as cursor:
        described = list(cursor.description or ())
        rows = cursor.fetchall()
    return Previewed(
        id=request.id,
        unique_id=request.unique_id,
        columns=[str(column[0]) for column in described],
        types=[_type_name(adapter, column[1]) for column in described],
        rows=[[_shortened(as_text(value)) for value in row] for row in rows[: request.limit]],
    )


def _type_name(adapter: Any, code: Any) -> str:
    try:
        return str(adapter.connections.data_type_code_to_name(code))
    except (KeyError, DbtBaseException, AttributeError, TypeError):
        return str(code)  # an adapter that has no names for codes, as DuckDB's: it has the names


def _shortened(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_VALUE:
        return text
    return text[: LONGEST_VALUE - 1] + "…"


def as_text(value: Any) -> str | None:
    """A value of the database as the screen and a file say it; None is null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple | set | frozenset):
        return json.dumps(_in_json(value), ensure_ascii=False)
    return str(value)


def _in_json(value: Any) -> Any:
    """A value within a list or a struct, as JSON has it; what JSON does not know is text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {as_text(key) or "null": _in_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_in_json(part) for part in value]
    return as_text(value)
