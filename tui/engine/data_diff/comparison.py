"""Compares two relations in their database, a statement at a time. Without dbt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui.engine.data_diff.columns import Column, Schemas, side_by_side
from tui.engine.data_diff.statements import Dialect, Statements
from tui.engine.inspect.row_query import as_text

MOST_COLUMNS = 100
"""Columns of the sample rows."""
LONGEST = 1_000
"""Characters of a value of them."""
STEPS = ("reading the columns", "counting the keys", "comparing the rows", "fetching samples")

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a statement, and gives its rows."""
Report = Callable[[int, int, str], None]
"""Is told which step begins, of how many, in words."""


class NotComparable(Exception):
    """The relations cannot be compared; the reason is for the user."""


@dataclass(frozen=True)
class Relation:
    """One side: how it stands in SQL, and its columns."""

    sql: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class KeyCounts:
    """What the keys of a side are like."""

    rows: int
    null: int
    """Rows whose key has a null."""
    repeated_keys: int
    repeated_rows: int


def compare(
    ask: Ask,
    before: Relation,
    after: Relation,
    key: Sequence[str],
    *,
    dialect: Dialect | None = None,
    samples: int = 20,
    report: Report = lambda *_: None,
) -> dict[str, Any]:
    """What differs between two relations; the shape is that of `DataDiffed.diff`.

    Args:
        ask: Runs a statement.
        before: The relation that counts as the one of before.
        after: The other one.
        key: The columns of the primary key; rows are compared whole where there are none.
        dialect: The SQL of the database; DuckDB's unless given.
        samples: How many rows of each kind are shown at most.
        report: Told of each step.

    Raises:
        NotComparable: They share no column, or one of the key is not in both.
    """
    schemas = side_by_side(before.columns, after.columns)
    if not schemas.pairs:
        raise NotComparable("The two have no column in common.")
    places = schemas.named(key)
    if len(places) < len(key):
        known = {schemas.pairs[place].name.lower() for place in places}
        gone = next(name for name in key if name.lower() not in known)
        raise NotComparable(f"The key's column {gone} is not in both.")
    statements = Statements(
        before.sql, after.sql, schemas.pairs, tuple(dict.fromkeys(places)), dialect or Dialect()
    )
    return _Comparison(ask, statements, schemas, samples, report).result()


class _Comparison:
    """One diff, from the counts to the samples."""

    def __init__(
        self, ask: Ask, statements: Statements, schemas: Schemas, samples: int, report: Report
    ) -> None:
        self._ask = ask
        self._statements = statements
        self._schemas = schemas
        self._samples = samples
        self._report = report
        self._differing: dict[int, int] = {}

    def result(self) -> dict[str, Any]:
        self._step(1)
        before, after = self._counts(is_before=True), self._counts(is_before=False)
        is_odd = any(one.null or one.repeated_rows for one in (before, after))
        self._statements = replace(self._statements, has_odd_keys=is_odd)
        self._step(2)
        added = removed = changed = 0
        if self._statements.key:
            added, removed, changed = self._by_key()
        whole_added, whole_removed = self._whole() if self._compares_whole else (0, 0)
        self._step(3)
        return {
            "rows": {
                "before": before.rows,
                "after": after.rows,
                "added": added + whole_added,
                "removed": removed + whole_removed,
                "changed": changed,
                "same": before.rows - removed - whole_removed - changed,
            },
            "key": [self._schemas.pairs[place].name for place in self._statements.key],
            "odd_keys": {
                "null_before": before.null,
                "null_after": after.null,
                "repeated_before": before.repeated_keys,
                "repeated_after": after.repeated_keys,
                "rows_before": before.null + before.repeated_rows,
                "rows_after": after.null + after.repeated_rows,
                "added": whole_added if self._statements.key else 0,
                "removed": whole_removed if self._statements.key else 0,
            },
            "columns": self._columns(),
            "samples": {
                "changed": self._changed_rows() if changed else None,
                "added": self._one_sided(is_before=False) if added else None,
                "removed": self._one_sided(is_before=True) if removed else None,
                "whole": self._whole_rows() if whole_added or whole_removed else None,
            },
        }

    def _step(self, number: int) -> None:
        self._report(number, len(STEPS), STEPS[number])

    @property
    def _compares_whole(self) -> bool:
        return self._statements.has_odd_keys or not self._statements.key

    def _counts(self, *, is_before: bool) -> KeyCounts:
        statements = self._statements
        relation = statements.before if is_before else statements.after
        return KeyCounts(*self._numbers(statements.key_counts(relation, is_before=is_before)))

    def _numbers(self, statement: str) -> list[int]:
        """The one row of counts of a statement; a sum of no rows is null."""
        return [int(value or 0) for value in self._ask(statement)[0]]

    def _by_key(self) -> tuple[int, int, int]:
        added, removed, changed, *differing = self._numbers(self._statements.by_key())
        key = set(self._statements.key)
        compared = [place for place in range(len(self._schemas.pairs)) if place not in key]
        self._differing = dict(zip(compared, differing, strict=True))
        return added, removed, changed

    def _whole(self) -> tuple[int, int]:
        added, removed = self._numbers(self._statements.whole())
        return added, removed

    # ------------------------------------------------------------------- the columns

    def _columns(self) -> list[dict[str, Any]]:
        key = set(self._statements.key)
        found = [
            {
                "name": pair.name,
                "before": pair.before.type,
                "after": pair.after.type,
                "change": "type" if pair.is_retyped else None,
                "is_key": place in key,
                "as_text": pair.compares_text,
                "differing": self._differing.get(place),
            }
            for place, pair in enumerate(self._schemas.pairs)
        ]
        for columns, change in ((self._schemas.added, "added"), (self._schemas.removed, "removed")):
            for column in columns:
                types = (None, column.type) if change == "added" else (column.type, None)
                found.append(
                    {
                        "name": column.name, "before": types[0], "after": types[1],
                        "change": change, "is_key": False, "as_text": False, "differing": None,
                    }
                )  # fmt: skip
        return found

    # ------------------------------------------------------------------- the samples

    def _names(self, places: Sequence[int]) -> list[str]:
        return [self._schemas.pairs[place].name for place in places]

    def _changed_rows(self) -> dict[str, Any]:
        """Rows with a change: the key, and the columns in which any row differs."""
        key = self._statements.key
        shown = [place for place, count in self._differing.items() if count][:MOST_COLUMNS]
        rows = self._ask(self._statements.changed_rows(shown, self._samples))
        width = len(key)
        return {
            "key": self._names(key),
            "columns": self._names(shown),
            "rows": [
                {
                    "key": _texts(row[:width]),
                    "before": _texts(row[width::2]),
                    "after": _texts(row[width + 1 :: 2]),
                }
                for row in rows
            ],
        }

    def _one_sided(self, *, is_before: bool) -> dict[str, Any]:
        key = set(self._statements.key)
        others = [place for place in range(len(self._schemas.pairs)) if place not in key]
        shown = [*self._statements.key, *others][:MOST_COLUMNS]
        own = self._schemas.removed if is_before else self._schemas.added
        extra = own[: MOST_COLUMNS - len(shown)]
        statement = self._statements.one_sided_rows(
            shown, extra, self._samples, is_before=is_before
        )
        return {
            "columns": [*self._names(shown), *(column.name for column in extra)],
            "rows": [_texts(row) for row in self._ask(statement)],
        }

    def _whole_rows(self) -> dict[str, Any]:
        shown = list(range(len(self._schemas.pairs)))[:MOST_COLUMNS]
        rows = self._ask(self._statements.whole_rows(shown, self._samples))
        return {
            "columns": self._names(shown),
            "rows": [_texts(row[2:]) for row in rows],
            "times": [[int(row[0]), int(row[1])] for row in rows],
        }


def _texts(values: Sequence[Any]) -> list[str | None]:
    """Values as text, each cut to what a screen can show."""
    texts = [as_text(value) for value in values]
    return [f"{text[:LONGEST]}…" if text and len(text) > LONGEST else text for text in texts]
