"""What `pivot` and `unpivot` make of the columns of what they are applied to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope


@dataclass(frozen=True)
class Made:
    """A column that a pivot makes."""

    columns: tuple[str, ...]
    """Of what is pivoted: those that it is made of."""
    expression: exp.Expr


@dataclass(frozen=True)
class Pivoted:
    """A source of a scope to which a pivot is applied."""

    source: str
    """Its name in the scope."""
    made: dict[str, Made]
    """The columns that it has beside those that go through."""


def pivoted(scope: Scope) -> dict[str, Pivoted]:
    """The pivots of a scope, by the names under which the scope's columns refer to them."""
    found = {}
    for node in [*scope.tables, *scope.derived_tables]:
        for pivot in node.args.get("pivots") or ():
            one = Pivoted(node.alias_or_name, _made(pivot))
            found[pivot.alias or node.alias_or_name] = one
    return found


def _made(pivot: exp.Pivot) -> dict[str, Made]:
    if pivot.args.get("unpivot"):
        return _unpivoted(pivot)
    made = {}
    fields = pivot.args.get("fields") or [pivot.args.get("field")]
    keys = [column for each in fields if each is not None for column in _names(each.this)]
    names = [one.name.lower() for one in pivot.args.get("columns") or ()]
    aggregates = list(pivot.expressions)
    for number, name in enumerate(names):
        aggregate = aggregates[number % len(aggregates)] if aggregates else None
        if aggregate is None:
            continue
        columns = (*_names(aggregate), *keys)
        made[name] = Made(tuple(dict.fromkeys(columns)), _plain(aggregate.unalias()))
    return made


def _unpivoted(pivot: exp.Pivot) -> dict[str, Made]:
    made: dict[str, Made] = {}
    values = [one.name.lower() for one in pivot.expressions]
    for each in pivot.args.get("fields") or [pivot.args.get("field")]:
        if not isinstance(each, exp.In):
            continue
        columns = tuple(column for one in each.expressions for column in _names(one))
        for value in values:
            made[value] = Made(columns, exp.Anonymous(this="unpivot", expressions=[
                exp.column(column) for column in columns
            ]))  # fmt: skip
        made[each.this.name.lower()] = Made((), exp.Literal.string("the name of the column"))
    return made


def _plain(expression: exp.Expr) -> exp.Expr:
    """Without the names of tables before the columns."""
    copy = expression.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
    return copy


def _names(expression: exp.Expr) -> list[str]:
    found = [column.name.lower() for column in expression.find_all(exp.Column)]
    if not found and isinstance(expression, exp.Identifier):
        found = [expression.name.lower()]
    return found
