"""Partitions of regular windows of time: hours, days, weeks, months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tui.definitions.time_partitions import TimeWindowPartitionsDefinition

DAY = "%Y-%m-%d"
HOUR = "%Y-%m-%d-%H:%M"


class HourlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition for each hour.

    Args:
        start_date: A datetime, or a text in the form of `fmt`.
        end_date: No window ends after it.
        minute_offset: Minutes past the hour at which windows start.
        timezone: Of the IANA database; UTC by default.
        fmt: The form of the keys; `%Y-%m-%d-%H:%M` by default.
        end_offset: So many windows more than those that have ended; fewer, where negative.
        exclusions: Starts of windows that are left out: datetimes, or cron expressions.
    """

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date, fmt or HOUR, end_date, "HOURLY", timezone, end_offset, minute_offset,
            exclusions=exclusions,
        )  # fmt: skip


class DailyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition for each day.

    Args:
        start_date: A datetime, or a text in the form of `fmt`.
        end_date: No window ends after it.
        minute_offset: Minutes past the hour at which windows start.
        hour_offset: Hours past midnight at which windows start.
        timezone: Of the IANA database; UTC by default.
        fmt: The form of the keys; `%Y-%m-%d` by default.
        end_offset: So many windows more than those that have ended; fewer, where negative.
        exclusions: Starts of windows that are left out: datetimes, or cron expressions.
    """

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date, fmt or DAY, end_date, "DAILY", timezone, end_offset, minute_offset,
            hour_offset, exclusions=exclusions,
        )  # fmt: skip


class WeeklyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition for each week, from Sunday on.

    Args:
        start_date: A datetime, or a text in the form of `fmt`.
        end_date: No window ends after it.
        minute_offset: Minutes past the hour at which windows start.
        hour_offset: Hours past midnight at which windows start.
        day_offset: Days after Sunday at which windows start: 1 for Monday.
        timezone: Of the IANA database; UTC by default.
        fmt: The form of the keys; `%Y-%m-%d` by default.
        end_offset: So many windows more than those that have ended; fewer, where negative.
        exclusions: Starts of windows that are left out: datetimes, or cron expressions.
    """

    KIND = "WEEKLY"
    DAY_OFFSET = 0

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int | None = None,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date, fmt or DAY, end_date, self.KIND, timezone, end_offset, minute_offset,
            hour_offset, self.DAY_OFFSET if day_offset is None else day_offset,
            exclusions=exclusions,
        )  # fmt: skip


class MonthlyPartitionsDefinition(WeeklyPartitionsDefinition):
    """A partition for each month; `day_offset` is the day of the month at which it starts, 1 by
    default. The other arguments are those of WeeklyPartitionsDefinition.
    """

    KIND = "MONTHLY"
    DAY_OFFSET = 1
