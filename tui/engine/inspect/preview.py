"""The rows of an asset's relation, or those that make a check fail: read, and nothing else.

What is typed as a condition or an order stays a piece of the one statement that is run, and where
the adapter has transactions, what that does is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.exceptions import DbtBaseException

from tui.engine.inspect.details import compile_node, refused
from tui.engine.inspect.reading import read_aside
from tui.engine.inspect.row_query import as_text, query_of, shortened
from tui.engine.inspect.typed_sql import NotOneStatement
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Preview, Previewed, Query, Refused
from tui.protocol.records import Problem

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
    query = query_of(warm.manifest, warm.loaded.adapter.type(), request)
    if isinstance(query, Refused):
        return query
    node, rest = query

    def work() -> Previewed:
        return _read_rows(warm, request, node, rest)

    outcome = read_aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return outcome


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
    with adapter.connection_named("dbtree_preview"):
        yield read_only_cursor(adapter, limited(adapter, sql, limit))


def limited(adapter: Any, sql: str, limit: int) -> str:
    """A query that has so many rows at most, as the database writes it; 0 is no limit."""
    if limit:
        arguments = {"sql": sql, "limit": limit}
        sql = str(adapter.execute_macro("get_limit_subquery_sql", kwargs=arguments))
    return sql.strip()


def read_only_cursor(adapter: Any, sql: str) -> Any:
    """A cursor over the answer to one statement, on the connection that is open, whose release
    rolls back. Raises NotOneStatement, or what dbt makes of the database's error.
    """
    connections = adapter.connections
    if adapter.type() not in HAVE_READ_ONLY:
        return connections.add_query(sql, auto_begin=True)[1]
    begin_reading(adapter)
    connection = connections.get_thread_connection()
    count = getattr(connection.handle.cursor(), "extract_statements", None)
    if count is not None:
        with connections.exception_handler(sql):
            statements = count(sql)
        if len(statements) != 1:
            raise NotOneStatement("Only one statement can be run.")
    return connections.add_query(sql, auto_begin=False)[1]


def begin_reading(adapter: Any, statement: str = READ_ONLY) -> None:
    """Begin a transaction in which nothing can change, where the adapter's database has one."""
    connections = adapter.connections
    if getattr(connections, "disable_transactions", False):  # DuckDB's profile may say so
        return
    connection = connections.get_thread_connection()
    try:
        connections.add_query(statement, auto_begin=False)
        connection.transaction_open = True
    except DbtBaseException:
        if connection.state == FAILED:
            raise  # it was not even opened
        # A database from before there were such transactions, or behind another's protocol.
        connections.begin()


def _read_rows(warm: WarmProject, request: Preview, node: Any, rest: str) -> Previewed:
    adapter = warm.loaded.adapter
    with open_rows(warm, node, rest, limit=request.limit) as cursor:
        return previewed(adapter, request, cursor)


def previewed(adapter: Any, request: Preview | Query, cursor: Any) -> Previewed:
    """The rows of a cursor as an answer."""
    described = list(cursor.description or ())
    rows = cursor.fetchall()
    return Previewed(
        id=request.id,
        unique_id=request.unique_id,
        columns=[str(column[0]) for column in described],
        types=[_type_name(adapter, column[1]) for column in described],
        rows=[[shortened(as_text(value)) for value in row] for row in rows[: request.limit]],
    )


def _type_name(adapter: Any, code: Any) -> str:
    try:
        return str(adapter.connections.data_type_code_to_name(code))
    except (KeyError, DbtBaseException, AttributeError, TypeError):
        return str(code)  # an adapter that has no names for codes, as DuckDB's: it has the names
