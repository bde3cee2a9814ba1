"""A column and what it is made of, as values that cross a process boundary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tui.protocol.plain import plain

PASS_THROUGH = "pass-through"
"""It is the column of another relation, under the same name."""
RENAMED = "renamed"
"""It is the column of another relation, under another name."""
COMPUTED = "computed"
"""It is the result of an expression."""
OUTSIDE = ("seed", "source")
"""Resource types whose columns come from outside the project."""
UNKNOWN = "unknown"
"""What it is made of cannot be told from the SQL and the columns that are known."""


class ColumnRef(NamedTuple):
    """A column of an asset."""

    asset: str
    """The asset's unique_id; of a relation that is no asset, its name as the SQL has it."""
    column: str
    """In lower case."""


@plain(frozen=True, slots=True)
class TracedColumn:
    """A column of one query, and the columns of other relations that it is made of."""

    name: str
    """In lower case."""
    kind: str
    """PASS_THROUGH, RENAMED, COMPUTED or UNKNOWN."""
    sources: tuple[ColumnRef, ...] = ()
    expression: str = ""
    """Of a computed one: SQL over the columns of the sources."""
    note: str = ""
    """What is not known of it, in a sentence."""


@plain(frozen=True, slots=True)
class TracedAsset:
    """The columns of an asset, as its SQL says."""

    columns: tuple[TracedColumn, ...] = ()
    problem: str = ""
    """Why it, or a part of it, cannot be traced; in a sentence."""
    is_whole: bool = True
    """Whether `columns` are all that it has."""

    def column(self, name: str) -> TracedColumn | None:
        """The column of a name, in whatever case."""
        wanted = name.lower()
        return next((column for column in self.columns if column.name == wanted), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)


@plain(frozen=True, slots=True)
class Query:
    """A query to trace."""

    sql: str
    dialect: str
    """sqlglot's name of it; empty for its own."""
    relations: Mapping[str, Relation]
    """What the query may read, by the relation's name in lower case, its parts joined by dots."""


@plain(frozen=True, slots=True)
class Relation:
    """A relation that a query may read."""

    asset: str
    """The unique_id of what it belongs to."""
    label: str
    """What a reader calls it where two have columns of the same name."""
    columns: tuple[str, ...] | None = None
    """All its columns, in their order; None where they are not known."""


def to_row(traced: TracedAsset) -> list[Any]:
    """A traced asset as JSON can hold it."""
    columns = [
        [one.name, one.kind, [list(ref) for ref in one.sources], one.expression, one.note]
        for one in traced.columns
    ]
    return [columns, traced.problem, traced.is_whole]


def from_row(row: list[Any]) -> TracedAsset:
    """What `to_row` made a row of. Raises ValueError or TypeError for anything else."""
    columns, problem, is_whole = row
    return TracedAsset(tuple(map(_column, columns)), str(problem), bool(is_whole))


def _column(row: Iterable[Any]) -> TracedColumn:
    name, kind, sources, expression, note = row
    refs = tuple(ColumnRef(str(asset), str(column)) for asset, column in sources)
    return TracedColumn(str(name), str(kind), refs, str(expression), str(note))
