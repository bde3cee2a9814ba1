"""The rows of the bench: what is compared with what, the target, and the verdict."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Target:
    """What a row must reach.

    Attributes:
        words: as a person reads it.
        limit: the bound of the figure that is judged.
        judges: `ratio` (dbtree's time over the other's), `speed-up` (the other's over dbtree's)
            or `value` (dbtree's figure by itself).
    """

    words: str
    limit: float
    judges: str


@dataclass(frozen=True)
class Row:
    """One measured comparison. Times are in seconds, memory in MB, shares in per cent."""

    id: str
    what: str
    models: int
    """Of the project; 0 stands for the demo project."""
    dbtree: float
    unit: str = "s"
    other: float | None = None
    other_is: str = ""
    target: Target | None = None
    note: str = ""
    samples: Sequence[float] = field(default_factory=list)
    other_samples: Sequence[float] = field(default_factory=list)

    @property
    def judged(self) -> float | None:
        """The figure that the target is about."""
        if self.target is None or self.target.judges == "value":
            return self.dbtree
        if not self.other:
            return None
        return (
            self.dbtree / self.other
            if self.target.judges == "ratio"
            else (self.other / self.dbtree)
        )

    @property
    def verdict(self) -> str:
        """reached, missed, or empty where there is no target at this size."""
        if self.target is None or self.judged is None:
            return ""
        better = self.judged >= self.target.limit
        wants_more = self.target.judges == "speed-up"
        return "reached" if better == wants_more else "missed"

    def as_object(self) -> dict[str, Any]:
        """The row with what is computed from it, for JSON."""
        return {**asdict(self), "judged": self.judged, "verdict": self.verdict}


def median_row(id: str, what: str, models: int, samples: Sequence[float], **more: Any) -> Row:
    """A row of the medians of its samples."""
    others = more.get("other_samples") or []
    if others:
        more["other"] = statistics.median(others)
    return Row(id, what, models, statistics.median(samples), samples=list(samples), **more)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1) of all do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


HEADINGS = ("", "what", "models", "dbtree", "against", "", "ratio", "target", "verdict", "")
RIGHT = {2, 3, 4, 6}


def text_of(rows: Iterable[Row]) -> str:
    """The table, aligned, as it stands in a terminal."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in RIGHT else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        row.what,
        f"{row.models:,}" if row.models else "demo",
        figure(row.dbtree, row.unit),
        figure(row.other, row.unit) if row.other is not None else "",
        row.other_is,
        _ratio(row),
        row.target.words if row.target else "",
        row.verdict,
        row.note,
    )


def _ratio(row: Row) -> str:
    if not row.other:
        return ""
    faster = row.other / row.dbtree
    if row.target is not None and row.target.judges == "speed-up":
        return f"{faster:.0f} × faster"
    return f"{row.dbtree / row.other:.2f} ×"


def figure(value: float, unit: str) -> str:
    """A figure with its unit, as long as it is exact."""
    match unit:
        case "s" if value < 1:
            return f"{value * 1000:.0f} ms"
        case "s":
            return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"
        case "×":
            return f"{value:.1f} ×"
    return f"{value:.0f} {unit}"
