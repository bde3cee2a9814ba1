"""When schedules are due, and which window runs each tick.

Every window, and `dbtree schedules run`, looks at the clock and claims what is due in the store;
whoever gets the claim starts the run. What was due while nobody was there (closed, asleep) is noted
as missed; the latest of it is run where the schedule says `catch_up`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tui.protocol.plain import plain
from tui.schedules.store import ScheduleStore
from tui.schedules.values import Schedule

GRACE = 90.0
"""Seconds after which a tick is missed rather than late."""
LONGEST_LOOK_BACK = timedelta(days=31)
"""Ticks before that are not even counted as missed."""
MOST_MISSED = 100
"""Missed ticks that are noted of one absence: the latest."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@plain(frozen=True)
class Due:
    """A tick that this process has claimed."""

    schedule: Schedule
    at: datetime
    is_late: bool = False
    """Whether it was missed, and is run because the schedule catches up."""


class Ticker:
    """The schedules of one target, as one process ticks them."""

    def __init__(self, store: ScheduleStore, target: str, clock: Clock = system_clock) -> None:
        self._store = store
        self._target = target
        self._clock = clock
        self._looked: dict[tuple[str, str, str], datetime] = {}
        """By schedule, cron and zone: up to when its ticks were looked at here."""

    def due(self, schedules: Sequence[Schedule]) -> list[Due]:
        """Claim what is due now. What is returned is this process's to run, and nobody else's."""
        now = self._clock()
        found = []
        for schedule in schedules:
            name = schedule.name
            key = (name, schedule.expression, schedule.row.timezone)
            if not self._store.is_on(name, self._target, schedule.row.is_on):
                self._looked.pop(key, None)
                continue
            passed = self._passed(schedule, key, now)
            self._looked[key] = now
            if passed and (claimed := self._take(schedule, passed, now)):
                found.append(claimed)
        return found

    def _passed(
        self, schedule: Schedule, key: tuple[str, str, str], now: datetime
    ) -> list[datetime]:
        """The ticks since this was last looked at, here or by anybody."""
        since = self._store.since(schedule.name, self._target, now.timestamp())
        latest = self._store.latest(schedule.name, self._target)
        begin = datetime.fromtimestamp(max(since, latest), UTC)
        begin = max(begin, self._looked.get(key, begin), now - LONGEST_LOOK_BACK)
        passed = []
        for tick in schedule.ticks_after(begin):
            if tick > now:
                break
            passed.append(tick)
        return passed

    def _take(self, schedule: Schedule, passed: list[datetime], now: datetime) -> Due | None:
        *before, latest = passed
        late = (now - latest).total_seconds() > GRACE
        if late and not schedule.row.catch_up:
            before.append(latest)
        missed = [tick.timestamp() for tick in before[-MOST_MISSED:]]
        if missed:
            self._store.miss(schedule.name, self._target, missed)
        if late and not schedule.row.catch_up:
            return None
        if not self._store.claim(schedule.name, self._target, latest.timestamp()):
            return None
        return Due(schedule, latest, late)

    def next_tick(self, schedules: Sequence[Schedule]) -> datetime | None:
        """The first tick to come of what is on; None where nothing is."""
        now = self._clock()
        on = [s for s in schedules if self._store.is_on(s.name, self._target, s.row.is_on)]
        return min((schedule.next_tick(now) for schedule in on), default=None)
