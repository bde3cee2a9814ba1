"""Expressions as a reader wants to see them: over columns of relations, without short names."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from sqlglot import exp

from tui.column_lineage.parsing import ParsedQuery

LARGEST = 150
"""Nodes of an expression beyond which it is not written out inside another one."""
LONGEST = 500
"""Characters of an expression that are kept."""
OR = "dbtree_or"


def inlined(expression: exp.Expr, by_column: Mapping[int, exp.Expr]) -> exp.Expr:
    """An expression with what its columns are made of in their place.

    Args:
        expression: whose columns are to be replaced; it is left as it is.
        by_column: `id` of a column in it → what is to stand there.
    """
    if isinstance(expression, exp.Column):
        return _copied(by_column.get(id(expression)), expression, expression.parent)
    # The copy has the same nodes in the same order.
    copy = expression.copy()
    pairs = list(zip(expression.walk(), copy.walk(), strict=True))
    for original, copied in pairs:
        if isinstance(original, exp.Column) and id(original) in by_column:
            copied.replace(_copied(by_column[id(original)], original, copied.parent))
    return copy


def _copied(found: exp.Expr | None, column: exp.Expr, parent: exp.Expr | None) -> exp.Expr:
    if found is None or _size(found) > LARGEST or _is_union(found):
        return exp.column(column.name)
    made: exp.Expr = found.copy()
    needs_parentheses = isinstance(made, exp.Binary | exp.Unary | exp.Case) and isinstance(
        parent, exp.Binary | exp.Unary | exp.Cast
    )
    return exp.paren(made, copy=False) if needs_parentheses else made


def _is_union(expression: exp.Expr) -> bool:
    return isinstance(expression, exp.Anonymous) and expression.this == OR


def _size(expression: exp.Expr) -> int:
    return sum(1 for _ in islice(expression.walk(), LARGEST + 1))


def union_of(sides: list[exp.Expr]) -> exp.Expr:
    """What stands for a column that is made in another way on each side of a union."""
    texts: dict[str, exp.Expr] = {}
    for side in sides:
        parts = side.expressions if _is_union(side) else [side]
        for part in parts:
            texts.setdefault(part.sql(), part)
    parts = list(texts.values())
    if len(parts) == 1:
        only: exp.Expr = parts[0].copy()
        return only
    either: exp.Expr = exp.Anonymous(this=OR, expressions=[part.copy() for part in parts])
    return either


def _sql(expression: exp.Expr, dialect: str) -> str:
    try:
        text = expression.sql(dialect, comments=False)
    except Exception:  # noqa: BLE001  a dialect that cannot write what it has read
        text = expression.sql(comments=False)
    return " ".join(text.split())


def _without_made_names(node: exp.Expr) -> exp.Expr:
    """Without the names that sqlglot gives to what has none in a subquery."""
    if isinstance(node, exp.Alias) and (
        node.alias.startswith("_col_") or node.alias == node.this.name
    ):
        inner: exp.Expr = node.this
        return inner
    return node


def in_words(expression: exp.Expr | None, parsed: ParsedQuery) -> str:
    """An expression as text, in the dialect of the query.

    A column has the name of its relation before it only where several relations are in it.
    """
    if expression is None:
        return ""
    copy = expression.copy()
    columns = [one for one in copy.find_all(exp.Column) if one.table in parsed.relations]
    several = len({one.table for one in columns}) > 1
    for column in columns:
        label = parsed.relations[column.table].label
        column.set("table", exp.to_identifier(label) if several else None)
    copy = copy.transform(_without_made_names)
    for table in copy.find_all(exp.Table):
        if table.name in parsed.relations:
            label = parsed.relations[table.name].label
            table.set("this", exp.to_identifier(label))
            if table.alias == label:
                table.set("alias", None)
    parts = copy.expressions if _is_union(copy) else [copy]
    texts = [_sql(part, parsed.dialect) for part in parts]
    text = "  or  ".join(texts)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
