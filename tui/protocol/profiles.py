"""The profile of a column as a value that crosses a process boundary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

BARS = 20
"""Bars of a histogram, over equal parts of the range from the least to the greatest value."""
TOP = 8
"""Most frequent values that are listed."""
SAMPLE = 100_000
"""Rows that a profile looks at."""

NUMBER, DATE, TEXT, OTHER = "number", "date", "text", "other"
"""What can be told of a column: a mean of numbers, a histogram of numbers and dates, the least and
the greatest value of all but the last."""


class ColumnProfile(NamedTuple):
    """What the rows that were looked at have in one column."""

    name: str
    type: str
    kind: str
    """NUMBER, DATE, TEXT or OTHER."""
    nulls: int = 0
    distinct: int = 0
    """Different values, null left out."""
    least: str | None = None
    greatest: str | None = None
    mean: float | None = None
    not_finite: int = 0
    """Values that are infinite or not a number, which count in none of the three above."""
    bars: tuple[int, ...] = ()
    """Finite values in each part of the range; empty where there is no histogram."""
    top: tuple[tuple[str, int], ...] = ()
    """The most frequent values with their counts, the most frequent first."""

    @classmethod
    def from_row(cls, row: Iterable[Any]) -> ColumnProfile:
        """The profile that crossed as a list."""
        profile = cls(*row)
        return profile._replace(
            bars=tuple(profile.bars), top=tuple((str(value), int(n)) for value, n in profile.top)
        )
