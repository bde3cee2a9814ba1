"""What a scope of a query is: which of sqlglot's shapes mean what."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, find_all_in_scope

from tui.column_lineage.parsing import WRITTEN


def function_of(table: exp.Table) -> exp.Expr:
    """The function that makes the rows of a table, such as `read_csv('…')`."""
    function: exp.Expr = table.this
    return function


def unwrapped(query: exp.Expr) -> exp.Expr:
    """A query without the parentheses around it."""
    return query.unnest() if isinstance(query, exp.Subquery) else query


def lateral_query(scope: Scope, query: exp.Expr) -> Scope | None:
    """The scope of the query of `lateral (select …)`."""
    if not isinstance(query, exp.Lateral) or not isinstance(query.this, exp.Subquery):
        return None
    wanted = query.this.unnest()
    inner = (*scope.table_scopes, *scope.subquery_scopes)
    return next((one for one in inner if one.expression.unnest() is wanted), None)


def set_scopes(scope: Scope) -> list[Scope]:
    """The scopes of both sides of a set operation: `union_scopes` before version 29 of sqlglot."""
    found: list[Scope] = (
        getattr(scope, "set_operation_scopes", None) or getattr(scope, "union_scopes", None) or []
    )
    return found


def sides_of(scope: Scope, query: exp.SetOperation) -> list[Scope]:
    """The sides from which rows come: of `except` and `intersect` the first."""
    sides = set_scopes(scope)
    return sides if isinstance(query, exp.Union) else sides[:1]


def aliases(query: exp.Expr) -> list[exp.Expr]:
    """The names that are given to the columns of a function."""
    alias = query.args.get("alias")
    return list(alias.args.get("columns") or ()) if alias is not None else []


def columns_in(expression: exp.Expr) -> Iterable[exp.Column]:
    """The columns of an expression, those of its subqueries left out."""
    return (one for one in find_all_in_scope(expression, exp.Column) if one.name != "*")


def is_natural(query: exp.Expr) -> bool:
    """Whether it has a `natural join`, which merges the columns of one name."""
    joins = query.args.get("joins") or ()
    return any(str(join.args.get("method") or "").upper() == "NATURAL" for join in joins)


def is_using(expression: exp.Expr) -> bool:
    """Whether it is what sqlglot makes of a column that `using (…)` merges."""
    return (
        isinstance(expression, exp.Coalesce)
        and WRITTEN not in expression.meta
        and all(isinstance(each, exp.Column) for each in arguments(expression))
    )


def arguments(coalesce: exp.Expr) -> list[exp.Expr]:
    """All arguments of a `coalesce`."""
    return [coalesce.this, *coalesce.expressions]
