"""A schedule and the outcomes of its ticks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from tui.protocol.plain import plain
from tui.protocol.schedules import ScheduleRow

if TYPE_CHECKING:
    # Imported where a schedule is: most projects have none, and a start waits for every import.
    from zoneinfo import ZoneInfo

ALIASES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}  # fmt: skip
"""As tui.definitions.cron has them, which another interpreter may be using."""


@plain(frozen=True)
class Schedule:
    """A cron expression and a selection. Raises ValueError where the expression is none."""

    row: ScheduleRow

    def __post_init__(self) -> None:
        from cronsim import CronSim, CronSimError

        try:
            zone = self.zone
            next(CronSim(self.expression, datetime.now(zone)))
        except CronSimError as error:
            raise ValueError(f"{self.row.cron!r} is not a cron expression: {error}.") from error
        except StopIteration:
            raise ValueError(f"{self.row.cron!r} never occurs.") from None
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"Unknown time zone {self.row.timezone!r}.") from error

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def expression(self) -> str:
        """The five fields."""
        return ALIASES.get(self.row.cron.strip().lower(), self.row.cron.strip())

    @cached_property
    def zone(self) -> ZoneInfo:
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.row.timezone or "UTC")

    @cached_property
    def in_words(self) -> str:
        """`At 06:00 on Monday through Friday (Europe/Berlin)`."""
        from cronsim import CronSim

        words = CronSim(self.expression, datetime(2026, 1, 1, tzinfo=UTC)).explain()
        return words if self.row.timezone in ("", "UTC") else f"{words} ({self.row.timezone})"

    @property
    def selection(self) -> str:
        """What it materializes, as a user would type it."""
        chosen = f"selector:{self.row.selector}" if self.row.selector else self.row.select
        return f"{chosen} --exclude {self.row.exclude}" if self.row.exclude else chosen

    def ticks_after(self, at: datetime) -> Iterator[datetime]:
        """Its ticks from a time on, that time left out, in its own zone.

        A time that daylight saving leaves out comes when the clocks were moved; one that comes
        twice counts once.
        """
        from cronsim import CronSim

        return CronSim(self.expression, at.astimezone(self.zone))

    def next_tick(self, at: datetime) -> datetime:
        """Its first tick after a time."""
        return next(self.ticks_after(at))

    def next_ticks(self, at: datetime, count: int) -> list[datetime]:
        """Its first ticks after a time."""
        return list(islice(self.ticks_after(at), count))


@plain(frozen=True)
class Tick:
    """One time at which a schedule was due, on one target."""

    schedule: str
    target: str
    at: float
    """Seconds since the epoch."""
    status: str
    """claimed (being started), run, missed (nobody was there), failed (it could not be started),
    skipped (its function asked for no run), asked (run by hand)."""
    run_id: str = ""
    message: str = ""

    @property
    def latest(self) -> float:
        """When it was."""
        return self.at
