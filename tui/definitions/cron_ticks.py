"""When a cron expression ticks in a time zone, forwards and backwards, with the standard library.

As Dagster has it where clocks change: an expression of every hour (`*` as its hour) ticks in each
hour that there is, twice where the clock is put back; any other ticks once a time: at the end of
the hour that is left out, and at the second of two equal times.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.definitions.cron import FIELDS, expanded, number_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UTC = timezone.utc
LONGEST = 366 * 30
"""Days without a tick after which no more is expected."""
EARLIEST, LATEST = date(1900, 1, 2), date(9998, 12, 30)


@dataclass(frozen=True)
class Cron:
    """A valid cron expression in numbers."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    is_hourly: bool
    """Whether its hour is `*`."""
    days: frozenset[int]
    is_last_day: bool
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    nth_weekdays: frozenset[tuple[int, int]]
    """Weekday and which of the month it is, 1 to 5; 0 for the last."""
    any_day: bool
    any_weekday: bool

    @staticmethod
    @lru_cache(maxsize=128)
    def of(text: str) -> Cron:
        """The numbers of an expression that `cron_problem` has nothing against."""
        words = expanded(text).split()
        minutes, hours, days, months, weekdays = (
            _numbers(word, field) for word, field in zip(words, FIELDS, strict=True)
        )
        return Cron(
            minutes=tuple(sorted(minutes)),
            hours=tuple(sorted(hours)),
            is_hourly=words[1] == "*",
            days=frozenset(days),
            is_last_day="L" in words[2].upper(),
            months=frozenset(months),
            weekdays=frozenset(day % 7 for day in weekdays),
            nth_weekdays=frozenset(_nth(words[4])),
            any_day=words[2] == "*",
            any_weekday=words[4] == "*",
        )

    def has_day(self, day: date) -> bool:
        """Whether it ticks on a day at all."""
        if day.month not in self.months:
            return False
        of_month = day.day in self.days or (
            self.is_last_day and day.day == calendar.monthrange(day.year, day.month)[1]
        )
        of_week = self._has_weekday(day)
        if self.any_day or self.any_weekday:
            return (self.any_day or of_month) and (self.any_weekday or of_week)
        return of_month or of_week

    def _has_weekday(self, day: date) -> bool:
        weekday = day.isoweekday() % 7
        last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        which = (day.day + 6) // 7
        return weekday in self.weekdays or any(
            weekday == one and (which == nth or (nth == 0 and last))
            for one, nth in self.nth_weekdays
        )

    def ticks(self, at: datetime, zone: ZoneInfo, *, backwards: bool = False) -> Iterator[datetime]:
        """Its ticks from a moment on, that included; backwards: up to it, the latest first."""
        moment, step = at.timestamp(), -1 if backwards else 1
        day = at.astimezone(zone).date() - timedelta(days=step)
        first, is_past, empty = day, False, 0
        while empty < LONGEST and EARLIEST < day < LATEST:
            found = self._of_day(day, zone)
            empty = 0 if found else empty + 1
            ticks = reversed(found) if backwards else found
            if is_past:
                yield from ticks
            else:
                yield from (tick for tick in ticks if (tick.timestamp() - moment) * step >= 0)
                is_past = abs((day - first).days) > 1
            day += timedelta(days=step)

    def has_tick(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether it ticks at a moment."""
        return next(self.ticks(at, zone), None) == at

    def _of_day(self, day: date, zone: ZoneInfo) -> list[datetime]:
        """Its ticks of a day of the zone, in their order."""
        if not self.has_day(day):
            return []
        start = datetime(day.year, day.month, day.day, tzinfo=zone)
        before, after = start - timedelta(hours=3), start + timedelta(hours=27)
        if before.utcoffset() == after.utcoffset():  # the clock is not changed, as nearly always
            return [
                start.replace(hour=hour, minute=minute)
                for hour in self.hours
                for minute in self.minutes
            ]
        found: dict[float, datetime] = {}
        for hour in self.hours:
            for minute in self.minutes:
                naive = start.replace(hour=hour, minute=minute, tzinfo=None)
                found.update((tick.timestamp(), tick) for tick in self._moments(naive, zone))
        return [found[moment] for moment in sorted(found)]

    def _moments(self, naive: datetime, zone: ZoneInfo) -> list[datetime]:
        """The moments at which a clock in the zone shows a time."""
        first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return [first]
        exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
        if exists:  # twice
            return [first, second] if self.is_hourly else [second]
        if self.is_hourly:
            return []
        gap = (second.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
        return [naive.replace(minute=0, tzinfo=zone) + abs(gap)]


def _numbers(word: str, field: tuple[str, int, int, tuple[str, ...]]) -> set[int]:
    _, least, most, names = field
    found: set[int] = set()
    for part in word.split(","):
        body, _, step = part.partition("/")
        if body == "*":
            first, last = least, 6 if most == 7 else most
        else:
            ends = [number_of(end, least, most, names) for end in body.split("-", 1)]
            if ends[0] is None or ends[-1] is None:
                continue  # L, 5#2
            first, last = ends[0], ends[-1]
            last = most if step and len(ends) == 1 else last
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _nth(word: str) -> Iterator[tuple[int, int]]:
    _, least, most, names = FIELDS[4]
    for part in word.split(","):
        name, mark, nth = part.partition("#")
        if not mark and part[-1:].upper() == "L" and part[:-1]:
            name, nth = part[:-1], "0"
        day = number_of(name, least, most, names)
        if nth and day is not None:
            yield day % 7, int(nth)
