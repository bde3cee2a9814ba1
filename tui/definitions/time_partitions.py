"""Partitions of windows of time: those between two ticks of a cron expression."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any, NamedTuple

from tui.definitions.cron import cron_problem
from tui.definitions.cron_ticks import Cron
from tui.definitions.errors import DefinitionError
from tui.definitions.partitions import (
    MultiPartitionsDefinition,
    PartitionKeyRange,
    PartitionsDefinition,
    no_partition,
)
from tui.definitions.zones import is_zone, zone_of

UTC = timezone.utc
LONGEST_GAP = 1000
"""Windows in a row that can be left out before none is expected any more."""


class TimeWindow(NamedTuple):
    """From a moment, included, to another, not included."""

    start: datetime
    end: datetime


class Spans(NamedTuple):
    """The windows of all partitions, in seconds since the epoch."""

    keys: Sequence[str]
    places: Mapping[str, int]
    starts: Sequence[float]
    ends: Sequence[float]


class TimeWindowPartitionsDefinition(PartitionsDefinition):
    """Partitions that are the windows between two ticks of a cron expression.

    The first starts at the first tick from `start` on; the last has ended by now.

    Args:
        start: A datetime, or a text in the form of `fmt`.
        fmt: The form of the keys, as of strftime: the start of the window.
        end: No window ends after it.
        timezone: Of the IANA database; UTC by default.
        end_offset: So many windows more than those that have ended; fewer, where negative.
        cron_schedule: Five fields: "0 6 * * mon".
        exclusions: Starts of windows that are left out: datetimes, or cron expressions.

    Raises:
        DefinitionError: for a wrong expression, zone or date.
    """

    def __init__(
        self,
        start: datetime | str,
        fmt: str,
        end: datetime | str | None = None,
        schedule_type: Any = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int | None = None,
        hour_offset: int | None = None,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        if cron_schedule is None:
            kind = str(getattr(schedule_type, "value", schedule_type) or "").upper()
            cron_schedule = _cron(kind, minute_offset or 0, hour_offset or 0, day_offset)
        elif minute_offset or hour_offset or day_offset:
            raise DefinitionError("Give either cron_schedule, or offsets.")
        for each in (cron_schedule, *(one for one in exclusions or () if isinstance(one, str))):
            if problem := cron_problem(each):
                raise DefinitionError(problem)
        if timezone is not None and not is_zone(timezone):
            raise DefinitionError(f"Unknown time zone {timezone!r}.")
        self.timezone = timezone or "UTC"
        self.zone = zone_of(self.timezone)
        self.fmt = fmt
        self.cron_schedule = cron_schedule
        self.cron = Cron.of(cron_schedule)
        self.start = self._given(start)
        self.end = self._given(end) if end else None
        self.end_offset = end_offset
        self.exclusions = list(exclusions or ())
        self._left_out = [
            each.replace(tzinfo=self.zone).timestamp()
            for each in self.exclusions
            if isinstance(each, datetime)
        ]
        self._known: tuple[float, float, list[TimeWindow]] | None = None
        """From when, until when, these are all windows."""
        self._keys: tuple[list[TimeWindow], list[str]] | None = None
        """Of which windows these are the keys."""
        self._spans: Spans | None = None

    def _given(self, moment: date | str) -> datetime:
        if isinstance(moment, str):
            return self.parsed(moment)
        if not isinstance(moment, datetime):
            return datetime(moment.year, moment.month, moment.day, tzinfo=self.zone)
        return moment.replace(tzinfo=self.zone)

    # -- keys and windows ----------------------------------------------------------

    def parsed(self, key: str) -> datetime:
        """The moment that a key tells. Raises DefinitionError where it tells none."""
        try:
            found = datetime.strptime(key, self.fmt)  # noqa: DTZ007  the zone comes next
        except (ValueError, TypeError):
            try:
                found = datetime.strptime(key, f"{self.fmt}%z")
            except (ValueError, TypeError) as error:
                raise DefinitionError(f"{key!r} is not a partition: it must be like "
                                      f"{self.fmt}.") from error  # fmt: skip
        return found.astimezone(self.zone) if found.tzinfo else found.replace(tzinfo=self.zone)

    def key_of(self, start: datetime) -> str:
        """The key of the window that starts at a moment."""
        is_second = start.fold == 1 and start.utcoffset() != start.replace(fold=0).utcoffset()
        if is_second and self.cron.is_hourly and "%z" not in self.fmt:
            return start.strftime(f"{self.fmt}%z")
        return start.strftime(self.fmt)

    def windows_from(self, at: datetime) -> Iterator[TimeWindow]:
        """The windows that start at a moment or later, without an end."""
        pairs = itertools.pairwise(self.cron.ticks(at, self.zone))
        return self._kept(TimeWindow(start, end) for start, end in pairs)

    def windows_until(self, at: datetime) -> Iterator[TimeWindow]:
        """The windows that end at a moment or earlier, the latest first."""
        pairs = itertools.pairwise(self.cron.ticks(at, self.zone, backwards=True))
        return self._kept(TimeWindow(start, end) for end, start in pairs)

    def _kept(self, windows: Iterator[TimeWindow]) -> Iterator[TimeWindow]:
        """Those that are not left out. Where all are, there is no next one."""
        left_out = 0
        for window in windows:
            if self._is_left_out(window.start):
                left_out += 1
                if left_out > LONGEST_GAP:
                    return
            else:
                left_out = 0
                yield window

    def _is_left_out(self, start: datetime) -> bool:
        return bool(self.exclusions) and (
            start.timestamp() in self._left_out
            or any(
                Cron.of(each).has_tick(start, self.zone)
                for each in self.exclusions
                if isinstance(each, str)
            )
        )

    def windows(self, current_time: datetime | None = None) -> list[TimeWindow]:
        """The windows of all partitions."""
        now = current_time or datetime.now(UTC)
        now = now if now.tzinfo else now.replace(tzinfo=self.zone)
        moment = now.timestamp()
        if self._known is not None and self._known[0] <= moment < self._known[1]:
            return self._known[2]
        before = self._known[2] if self._known is not None and self._known[0] <= moment else []
        found = self._windows(now, before)
        following = next(self.cron.ticks(now, self.zone), None)
        if following is not None and following.timestamp() > moment:
            self._known = (moment, following.timestamp(), found)
        return found

    def _windows(self, now: datetime, before: list[TimeWindow]) -> list[TimeWindow]:
        """The windows at a time; `before` are those of an earlier one, to which some are added."""
        first = before[0] if before else next(self.windows_from(self.start), None)
        if first is None or (self.end is not None and _is_before(self.end, self.start, equal=True)):
            return []
        last = self._last(first, now)
        if last is None:
            return []
        found = before[:-1]
        for window in self.windows_from(before[-1].start if before else self.start):
            found.append(window)
            if not _is_before(window.start, last.start):
                break
        return found

    def _last(self, first: TimeWindow, now: datetime) -> TimeWindow | None:
        """The last window; None where there is none yet."""
        offset = self.end_offset
        if offset == 0:
            if _is_before(now, first.end):
                return None
            ends = self.end if self.end is not None and _is_before(self.end, now) else now
            return next(self.windows_until(ends), None)
        if offset > 0:
            beyond = next(itertools.islice(self.windows_from(now), offset, None), None)
            ended = next(self.windows_until(now), None)
            if beyond is None or ended is None or _is_before(beyond.start, first.end):
                return None
            last = next(itertools.islice(self.windows_from(ended.end), offset - 1, None))
        else:
            before = list(itertools.islice(self.windows_until(now), -offset + 1))
            if len(before) <= -offset or _is_before(before[-offset - 1].start, first.end):
                return None
            last = before[-offset]
        if self.end is not None:
            last = min(
                last, next(self.windows_until(self.end)), key=lambda one: one.start.timestamp()
            )
        return last

    # -- what others ask --------------------------------------------------------------

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """All keys in their order.

        Args:
            current_time: As if it were this time.
            dynamic_partitions_store: Accepted and left alone.
        """
        windows = self.windows(current_time)
        if self._keys is None or self._keys[0] is not windows:
            same = self._same_as_before(windows)
            keys = self._keys[1][:same] if self._keys is not None else []
            keys += [self.key_of(window.start) for window in windows[same:]]
            self._keys = windows, keys
        return self._keys[1]

    def spans(self) -> Spans:
        """The windows of all keys that there are now."""
        windows, keys = self.windows(), self.get_partition_keys()
        if self._spans is None or self._spans.keys is not keys:
            self._spans = Spans(
                keys, {key: place for place, key in enumerate(keys)},
                [one.start.timestamp() for one in windows],
                [one.end.timestamp() for one in windows],
            )  # fmt: skip
        return self._spans

    def _same_as_before(self, windows: list[TimeWindow]) -> int:
        """How many windows from the first on are those whose keys are known."""
        before = self._keys[0] if self._keys is not None else []
        last = min(len(before), len(windows)) - 2
        return last + 1 if last >= 0 and before[last] is windows[last] else 0

    def has_partition_key(self, partition_key: str) -> bool:
        """Whether there is such a partition now."""
        try:
            window = self.time_window_for_partition_key(partition_key)
        except DefinitionError:
            return False
        there = self.windows()
        return (
            bool(there)
            and not _is_before(window.start, there[0].start)
            and not _is_before(there[-1].start, window.start)
            and self.key_of(window.start) == partition_key
        )

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The window of a key. Raises DefinitionError where it is none."""
        window = next(self.windows_from(self.parsed(partition_key)), None)
        if window is None:
            raise DefinitionError(no_partition(partition_key, self))
        return window

    def start_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the window of a key starts."""
        return self.time_window_for_partition_key(partition_key).start

    def end_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the window of a key ends."""
        return self.time_window_for_partition_key(partition_key).end

    def get_first_partition_window(self) -> TimeWindow | None:
        """The first window, if there is any."""
        return next(iter(self.windows()), None)

    def get_last_partition_window(self) -> TimeWindow | None:
        """The last window, if there is any."""
        return next(reversed(self.windows()), None)

    def get_partition_keys_in_time_window(self, time_window: TimeWindow) -> Sequence[str]:
        """The keys of the windows that start in a stretch of time, whether they have ended or
        not.
        """
        of_it = itertools.takewhile(
            lambda window: _is_before(window.start, time_window.end),
            self.windows_from(time_window.start),
        )
        return [self.key_of(window.start) for window in of_it]

    def get_partition_keys_in_range(self, partition_key_range: PartitionKeyRange) -> Sequence[str]:
        """The keys from one to another. Raises DefinitionError for one that is none."""
        first, last = map(self.time_window_for_partition_key, partition_key_range)
        for key, window in zip(partition_key_range, (first, last), strict=True):
            too_late = self.end is not None and _is_before(self.end, window.end)
            if too_late or _is_before(window.start, self.start):
                raise DefinitionError(no_partition(key, self))
        return self.get_partition_keys_in_time_window(TimeWindow(first.start, last.end))

    def get_cron_schedule(
        self,
        minute_of_hour: int | None = None,
        hour_of_day: int | None = None,
        day_of_week: int | None = None,
        day_of_month: int | None = None,
    ) -> str:
        """The cron expression that ticks once a window, at another time where one is given."""
        words = self.cron_schedule.split()
        for place, given in ((0, minute_of_hour), (1, hour_of_day), (2, day_of_month),
                             (4, day_of_week)):  # fmt: skip
            words[place] = words[place] if given is None else str(given)
        return " ".join(words)

    def facts(self) -> dict[str, Any]:
        """What it is made of, for JSON."""
        return {
            "type": "time", "start": self.start.timestamp(),
            "end": None if self.end is None else self.end.timestamp(), "fmt": self.fmt,
            "cron": self.cron_schedule, "timezone": self.timezone, "end_offset": self.end_offset,
            "exclusions": [
                each if isinstance(each, str) else each.replace(tzinfo=None).isoformat()
                for each in self.exclusions
            ],
        }  # fmt: skip


def _is_before(one: datetime, other: datetime, *, equal: bool = False) -> bool:
    """Whether a moment is before another: datetimes of one zone compare by the clock instead."""
    first, second = one.timestamp(), other.timestamp()
    return first < second or (equal and first == second)


def _cron(kind: str, minute: int, hour: int, day: int | None) -> str:
    """The cron expression of windows of a kind, moved by offsets."""
    if kind == "HOURLY":
        return f"{minute} * * * *"
    if kind == "DAILY":
        return f"{minute} {hour} * * *"
    if kind == "WEEKLY":
        return f"{minute} {hour} * * {day or 0}"
    if kind == "MONTHLY":
        return f"{minute} {hour} {day or 1} * *"
    raise DefinitionError("Give a cron_schedule: five fields, such as 0 6 * * *.")


def window_of(partitions: PartitionsDefinition, first: str, last: str) -> TimeWindow:
    """The time from the start of one partition to the end of another. Of two dimensions, the one
    of time counts.

    Raises:
        DefinitionError: where there is no time in it.
    """
    if isinstance(partitions, MultiPartitionsDefinition):
        of_time = [
            one
            for one in partitions.partitions_defs
            if isinstance(one.partitions_def, TimeWindowPartitionsDefinition)
        ]
        if len(of_time) == 1:
            keys = [partitions.get_partition_key_from_str(key) for key in (first, last)]
            first, last = (key.keys_by_dimension[of_time[0].name] for key in keys)
            partitions = of_time[0].partitions_def
    if not isinstance(partitions, TimeWindowPartitionsDefinition):
        raise DefinitionError("These partitions are not windows of time.")
    start = partitions.time_window_for_partition_key(first).start
    return TimeWindow(start, partitions.time_window_for_partition_key(last).end)
