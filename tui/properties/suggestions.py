"""Tests that the data of an asset passes now, and that nobody has written yet. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNIQUE, NOT_NULL, ACCEPTED, RELATIONSHIPS = (
    "unique", "not_null", "accepted_values", "relationships",
)  # fmt: skip
FEWEST_ROWS = 20
"""Rows below which values that are repeated say nothing."""
MOST_VALUES = 10
"""Different values that are still a list to write down."""
KEY = re.compile(r"(^|_)(id|key|sk|pk|code|uuid|number)$", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnCounts:
    """What the values of a column are like."""

    name: str
    type: str
    nulls: int
    distinct: int
    values: Sequence[str] | None = None
    """All its values, where they are few texts."""


@dataclass(frozen=True)
class Reference:
    """A column of an upstream asset, which one of this asset may refer to."""

    column: str
    to: str
    """As Jinja has it: `ref('customers')`."""
    field: str
    orphans: int
    """Rows whose value is not there."""


@dataclass(frozen=True)
class Suggestion:
    """A test that could be written."""

    column: str
    test: str
    arguments: Mapping[str, Any]
    why: str
    """What of the data speaks for it, in words."""
    is_likely: bool
    """Whether it is meant rather than a coincidence."""

    def in_yaml(self, *, with_arguments: bool) -> str | dict[str, Any]:
        """As YAML has it; `with_arguments` as dbt does from 1.10.5 on."""
        if not self.arguments:
            return self.test
        own = dict(self.arguments)
        return {self.test: {"arguments": own} if with_arguments else own}


def suggestions(
    rows: int,
    columns: Sequence[ColumnCounts],
    references: Sequence[Reference] = (),
    known: Mapping[str, Collection[str]] | None = None,
) -> list[Suggestion]:
    """What could be tested.

    Args:
        rows: how many rows there are.
        columns: what their values are like.
        references: columns upstream that may be referred to.
        known: the tests that are written already, by column (in lower case).
    """
    found: list[Suggestion] = []
    for column in columns:
        found += _of_column(rows, column)
    for one in references:
        if rows and not one.orphans:
            arguments = {"to": one.to, "field": one.field}
            why = f"each value is in {one.to}"
            found.append(Suggestion(one.column, RELATIONSHIPS, arguments, why, True))
    written = known or {}
    return [one for one in found if one.test not in written.get(one.column.lower(), ())]


def _of_column(rows: int, column: ColumnCounts) -> list[Suggestion]:
    found: list[Suggestion] = []
    is_unique = rows > 1 and not column.nulls and column.distinct == rows
    is_key = bool(KEY.search(column.name))
    if is_unique:
        words = f"{rows:,} rows, {column.distinct:,} different values"
        found.append(Suggestion(column.name, UNIQUE, {}, words, is_key))
    if rows and not column.nulls:
        words = f"no null in {rows:,} {'row' if rows == 1 else 'rows'}"
        found.append(Suggestion(column.name, NOT_NULL, {}, words, is_key))
    values = column.values
    if values and rows >= FEWEST_ROWS and 2 <= len(values) <= MOST_VALUES < rows:
        words = f"only {len(values)} values in {rows:,} rows"
        found.append(
            Suggestion(column.name, ACCEPTED, {"values": sorted(values)}, words, len(values) <= 6)
        )
    return found
