"""A sensor and the outcomes of its evaluations."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from tui.protocol.plain import plain
from tui.protocol.sensors import (
    AUTOMATION,
    OF_ASSET,
    OF_ASSETS,
    OF_RUNS,
    SENSOR,
    SensorRow,
    SensorTarget,
)

WORDS = {
    SENSOR: "sensor", OF_ASSET: "after an asset", OF_ASSETS: "after assets",
    OF_RUNS: "after runs", AUTOMATION: "conditions",
}  # fmt: skip


@plain(frozen=True)
class Sensor:
    """What is evaluated at an interval, and may start runs."""

    row: SensorRow

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def is_automation(self) -> bool:
        """Whether it evaluates automation conditions."""
        return self.row.kind == AUTOMATION

    @cached_property
    def targets(self) -> tuple[SensorTarget, ...]:
        """What it may have materialized."""
        return tuple(SensorTarget(*row) for row in self.row.targets)

    @property
    def every(self) -> str:
        """`every 30s`."""
        seconds = max(self.row.interval, 1)
        return f"every {seconds // 60}m" if seconds % 60 == 0 else f"every {seconds}s"

    @property
    def in_words(self) -> str:
        """`after runs · every 30s`."""
        return f"{WORDS.get(self.row.kind, self.row.kind)} · {self.every}"

    @property
    def selection(self) -> str:
        """What it materializes, as a user would type it."""
        if self.is_automation:
            return self.row.monitored
        return ", ".join(_words(one) for one in self.targets)

    def target(self, job: str) -> SensorTarget | None:
        """The target of a job's name; without one, the only target. None where there is none."""
        named = [one for one in self.targets if one.job == job] if job else list(self.targets)
        return named[0] if len(named) == 1 else None


def _words(target: SensorTarget) -> str:
    chosen = f"selector:{target.selector}" if target.selector else target.select
    chosen = f"{chosen} --exclude {target.exclude}" if target.exclude else chosen
    return f"{target.job}: {chosen}" if target.job else chosen


@plain(frozen=True)
class SensorTick:
    """One evaluation of a sensor on one target; or several that follow each other, all with the
    same outcome.
    """

    sensor: str
    target: str
    at: float
    """Seconds since the epoch: of the first."""
    status: str
    """run (it started runs), skipped (it asked for none), done (it was called for runs that ended,
    and asked for none), failed."""
    message: str = ""
    run_ids: tuple[str, ...] = ()
    until: float = 0.0
    """Of the last of several."""
    count: int = 1
    log: tuple[str, ...] = ()
    """What its function said, with a traceback where it raised."""
    path: str = ""
    """Where its problem is."""
    line: int = 0

    @property
    def run_id(self) -> str:
        """The first of its runs; empty for none."""
        return self.run_ids[0] if self.run_ids else ""

    def is_like(self, other: SensorTick) -> bool:
        """Whether the two had the same outcome, and started nothing."""
        names = ("status", "message", "run_ids", "log", "path", "line")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and not self.run_ids

    @property
    def latest(self) -> float:
        """When the last of its evaluations was."""
        return max(self.at, self.until)


@plain(frozen=True)
class SensorView:
    """One sensor on the target in use."""

    sensor: Sensor
    is_on: bool
    next_at: datetime | None
    """When it is evaluated next, in UTC; None while it is off."""
    ticks: tuple[SensorTick, ...] = ()
    """The latest, newest first."""
    cursor: str = ""
    """What it remembers."""

    @property
    def name(self) -> str:
        return self.sensor.name

    @property
    def in_words(self) -> str:
        """How often it is evaluated, and for what."""
        return self.sensor.in_words

    @property
    def selection(self) -> str:
        """What it materializes, as a user would type it."""
        return self.sensor.selection

    @property
    def place(self) -> tuple[str, int]:
        """The file and line of its definition; empty for the one that nobody defined."""
        return self.sensor.row.path, self.sensor.row.line
