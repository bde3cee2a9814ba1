"""The time axis of a timeline: which time is at which cell, and where its ticks are. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds between two ticks, from a second on; below that the first three of each decade."""
BETWEEN = 9
"""Cells between two ticks, at least."""
SHORTEST = 0.01
"""Seconds that the whole axis shows, at least."""


@dataclass(frozen=True)
class Scale:
    """A part of a run's time on so many cells."""

    start: float
    """Seconds since the epoch, at the left edge of the first cell."""
    seconds: float
    """What all cells together show."""
    width: int
    """Cells."""
    origin: float = 0.0
    """What the labels count from (seconds since the epoch)."""

    def cell(self, at: float) -> float:
        """Where a time is, in cells from the left edge; it may be outside."""
        return (at - self.start) / self.seconds * self.width

    def ticks(self) -> list[tuple[int, str]]:
        """The cells with a tick, each with its label."""
        of_cell = self.seconds / max(self.width, 1)
        step = nice_step(of_cell * BETWEEN)
        longest = len(tick_label(self.start + self.seconds - self.origin, step))
        if longest + 2 > BETWEEN:
            step = nice_step(of_cell * (longest + 2))
        first = math.ceil((self.start - self.origin) / step - 1e-6)
        found = []
        for count in range(first, first + self.width + 1):
            cell = round(self.cell(self.origin + count * step))
            if cell >= self.width:
                break
            if cell >= 0:
                found.append((cell, tick_label(count * step, step)))
        return found


def nice_step(least: float) -> float:
    """The shortest round time that is no shorter than this, in seconds."""
    if least <= 0.5:
        decade = 10.0 ** math.floor(math.log10(max(least, 1e-6)))
        for factor in (1, 2, 5, 10):
            if decade * factor >= least * (1 - 1e-9):
                return decade * factor
    for step in NICE:
        if step >= least:
            return float(step)
    return math.ceil(least / 86400) * 86400.0


def tick_label(seconds: float, step: float) -> str:
    """`0s`, `2.5s`, `1m30s`, `2h05m`: the time at a tick, as exact as such ticks are."""
    if step < 1:
        decimals = max(math.ceil(-math.log10(step) - 1e-9), 1)
        return f"{seconds:.{decimals}f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        rest = whole % 60
        return f"{whole // 60}m{rest:02}s" if rest else f"{whole // 60}m"
    rest = whole % 3600 // 60
    return f"{whole // 3600}h{rest:02}m" if rest else f"{whole // 3600}h"


def nice_end(seconds: float) -> float:
    """Somewhat more than so many seconds: the end of an axis that seldom has to be drawn anew."""
    seconds = max(seconds, SHORTEST)
    decade = 10.0 ** math.floor(math.log10(seconds))
    factors = (1, 1.5, 2, 3, 4, 5, 6, 8)
    return next((decade * f for f in factors if decade * f >= seconds), decade * 10)
