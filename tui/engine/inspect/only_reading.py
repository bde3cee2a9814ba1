"""Keeps what Jinja asks of the database to questions while a typed query is compiled.

A macro may run any statement (`run_query`), in a transaction that it may commit itself. So each is
looked at before it is sent, in a transaction that is read-only where there is such a thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.exceptions import DbtRuntimeError

from tui.engine.inspect.preview import HAVE_READ_ONLY, READ_ONLY, begin_reading
from tui.engine.inspect.typed_sql import BACKSLASHES, NotOneStatement, piece_of_statement

SHOWN = 60
"""Characters of a statement in a sentence about it."""
OWN = frozenset({READ_ONLY, "begin"})
"""What dbt sends itself, or is sent for it."""
_NAMES_AND_COMMENTS = r"--[^\n]*|/\*.*?\*/|\"(?:[^\"]|\"\")*\"|`[^`]*`"
_ASIDE = re.compile(rf"{_NAMES_AND_COMMENTS}|'(?:[^']|'')*'", re.DOTALL)
_BACKSLASH_ASIDE = re.compile(rf"{_NAMES_AND_COMMENTS}|'(?:[^'\\]|\\.|'')*'", re.DOTALL)
"""The same where a backslash escapes in a string."""
_READS = re.compile(
    r"[\s(]*(select|with|from|show|describe|desc|explain|values|table|summarize)\b", re.I
)
_WRITES = re.compile(
    r"\b(insert|delete|update|merge|overwrite|create|drop|alter|truncate|replace|into)\b(?!\s*\()",
    re.I,
)
"""A word with which something is changed, and not the function of that name."""


def not_a_question(sql: str, adapter_type: str) -> bool:
    """Whether a statement may do something other than read.

    Args:
        sql: one that a macro runs.
        adapter_type: dbt's name of the adapter, `duckdb`.
    """
    aside = _BACKSLASH_ASIDE if adapter_type in BACKSLASHES else _ASIDE
    bare = aside.sub(" ", sql)
    if not _READS.match(bare) or _WRITES.search(bare):
        return True
    if ";" not in sql.rstrip("; \t\r\n"):
        return False
    try:
        piece_of_statement(sql, adapter_type)
    except NotOneStatement:
        return True
    return False


@contextmanager
def only_reading(adapter: Any) -> Iterator[None]:
    """Within it, what is sent to the database reads, or is refused with a sentence."""
    connections = adapter.connections
    send = connections.add_query

    def ask(sql: str, *args: Any, **options: Any) -> Any:
        if sql.strip().rstrip(";").lower() not in OWN:
            if not_a_question(sql, adapter.type()):
                shown = " ".join(_ASIDE.sub(_kept, sql).split())
                raise DbtRuntimeError(f"A query only reads: `{shown[:SHOWN]}` is not run.")
            connection = connections.get_thread_connection()
            if adapter.type() in HAVE_READ_ONLY and not connection.transaction_open:
                begin_reading(adapter)
        return send(sql, *args, **options)

    connections.add_query = ask
    try:
        yield
    finally:
        del connections.add_query  # the method of the class is there again


def _kept(found: re.Match[str]) -> str:
    """What is left out of a statement as it is shown: comments, such as dbt's own."""
    return " " if found[0].startswith(("--", "/*")) else found[0]
