"""The steps of a query: its common table expressions, each as a query of its own. Pure.

The text is cut, not written anew, so that the lines of a step are those of the query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlglot import Dialect, TokenType
from sqlglot.errors import SqlglotError

from tui.column_lineage.dialects import dialect_of
from tui.sql.template import without_jinja


class Step(NamedTuple):
    """A common table expression in a text."""

    name: str
    """As it is written, quotes included."""
    start: int
    """The offset of its name."""
    end: int
    """The offset behind its closing parenthesis."""


def steps_of(text: str, adapter: str) -> list[Step]:
    """The CTEs of a query, in their order; those within a CTE or a subquery left out.

    Args:
        text: SQL, which may have Jinja in it.
        adapter: dbt's name of the adapter.
    """
    try:
        tokens = list(Dialect.get_or_raise(dialect_of(adapter)).tokenize(without_jinja(text)))
    except (SqlglotError, ValueError):
        return []
    depth = 0
    for place, token in enumerate(tokens):
        depth += _deeper(token)
        if token.token_type is TokenType.WITH and depth == 0:
            return _read(text, tokens, place + 1)
    return []


def _read(text: str, tokens: Sequence[Any], place: int) -> list[Step]:
    """The CTEs from a place behind `with` on."""
    found: list[Step] = []
    if place < len(tokens) and tokens[place].text.lower() == "recursive":
        place += 1
    while place < len(tokens):
        name = tokens[place]
        opening = _opening(tokens, place + 1)
        closing = _closing(tokens, opening) if opening else 0
        if not closing:
            return found
        told = text[name.start : name.end + 1]
        found.append(Step(told, name.start, tokens[closing].end + 1))
        if closing + 1 >= len(tokens) or tokens[closing + 1].token_type is not TokenType.COMMA:
            return found
        place = closing + 2
    return found


def _opening(tokens: Sequence[Any], place: int) -> int:
    """The place of the parenthesis behind `as`; 0 where this is no CTE."""
    if place < len(tokens) and tokens[place].token_type is TokenType.L_PAREN:
        place = _closing(tokens, place) + 1  # the names of its columns
    if place >= len(tokens) or tokens[place].text.lower() != "as":
        return 0
    place += 1
    while place < len(tokens) and tokens[place].text.lower() in ("not", "materialized"):
        place += 1
    is_open = place < len(tokens) and tokens[place].token_type is TokenType.L_PAREN
    return place if is_open else 0


def _closing(tokens: Sequence[Any], place: int) -> int:
    """The place of the parenthesis that closes the one there; 0 where none does."""
    depth = 0
    for at in range(place, len(tokens)):
        depth += _deeper(tokens[at])
        if depth == 0:
            return at
    return 0


def _deeper(token: Any) -> int:
    kind = token.token_type
    return 1 if kind is TokenType.L_PAREN else -1 if kind is TokenType.R_PAREN else 0


def step_at(steps: Sequence[Step], offset: int) -> int:
    """Which step an offset of the text is in; their number where it is behind them all."""
    for number, step in enumerate(steps):
        if offset < step.end:
            return number
    return len(steps)


def query_to(sql: str, name: str, adapter: str) -> str | None:
    """The query whose rows are those of a step; None where the query has no such step.

    Args:
        sql: compiled SQL.
        name: the step's, in whatever case and quotes.
        adapter: dbt's name of the adapter.
    """
    wanted = _bare(name)
    found = next((step for step in steps_of(sql, adapter) if _bare(step.name) == wanted), None)
    if found is None:
        return None
    return f"{sql[: found.end]}\nselect * from {found.name}"


def _bare(name: str) -> str:
    return name.strip("\"`[]'").lower()
