"""Whether a query only reads. Pure.

The engine runs nothing but a `select` around it, in a transaction that is read-only where there is
such a thing. This says beforehand, and in clear words, what would be refused.
"""

from __future__ import annotations

import sqlglot
from sqlglot import Dialect, exp
from sqlglot.errors import SqlglotError

from tui.column_lineage.dialects import dialect_of

WRITES = (exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Command, exp.Copy, exp.Into, exp.Merge,
          exp.TruncateTable, exp.Set, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.Grant,
          exp.Attach, exp.Detach, exp.LoadData)  # fmt: skip
OF_DUCKDB = (exp.Describe, exp.Summarize, exp.Show, exp.Pivot)
"""What DuckDB takes for a query, too."""
ASKING = frozenset({"describe", "desc", "show", "summarize", "pragma", "pivot", "unpivot"})
"""Statements that only ask, but cannot stand in a query."""
OTHERS = frozenset({"analyze", "checkpoint", "comment", "install", "load", "prepare", "reset"})
LONGEST = 400_000
"""Characters of SQL beyond which it is left to the database."""


def refusal_of(sql: str, adapter: str) -> str:
    """Why SQL is not run, in a sentence; empty where it only reads, or where only the database can
    tell.

    Args:
        sql: compiled SQL.
        adapter: dbt's name of the adapter.
    """
    if not sql.strip():
        return "There is no query."
    if len(sql) > LONGEST:
        return ""
    try:
        parsed = sqlglot.parse(sql, dialect=dialect_of(adapter))
    except (SqlglotError, RecursionError):
        return ""  # the database says better what is wrong with it
    found = [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]
    if not found:
        return "There is no query."
    if len(found) > 1:
        return f"Only one query can be run; there are {len(found)}, separated by `;`."
    tree = found[0]
    for node in tree.walk():
        # What is both, such as a `select`, only reads.
        if isinstance(node, WRITES) and not isinstance(node, exp.Query):
            if node is tree and (words := _statement_words(sql, adapter)):
                return words
            return f"Only queries can be run here, and `{_word(node)}` writes or changes something."
    if isinstance(tree, exp.Query | exp.Values):
        return ""
    return (
        ""
        if adapter == "duckdb" and isinstance(tree, OF_DUCKDB)
        else (_statement_words(sql, adapter) or "Only queries can be run here, and this is none.")
    )


def _statement_words(sql: str, adapter: str) -> str:
    """What to say of a statement that is no query and writes nothing; empty for any other."""
    first = _first_word(sql, adapter)
    if first == "explain":
        return "^o explains a query: write it without `explain`."
    if first in ASKING:
        return f"Only queries can be run here, and `{first}` is none: use a `select`."
    return f"Only queries can be run here, and `{first}` is none." if first in OTHERS else ""


def _first_word(sql: str, adapter: str) -> str:
    """The word that a statement begins with, in lower case."""
    try:
        tokens = Dialect.get_or_raise(dialect_of(adapter)).tokenize(sql)
    except (SqlglotError, ValueError):
        return ""
    return str(tokens[0].text).split(maxsplit=1)[0].lower() if tokens else ""


def _word(node: exp.Expr) -> str:
    """The statement's first word."""
    if isinstance(node, exp.Command):
        return str(node.this).lower()
    return {"truncatetable": "truncate", "loaddata": "load"}.get(node.key, node.key)
