"""`PartitionedConfig`: the settings of a job's runs, made for each partition.

    @daily_partitioned_config(start_date="2026-01-01")
    def per_day(start, end):
        return {"ops": {"load": {"config": {"day": start.strftime("%Y-%m-%d")}}}}

    job = define_asset_job("load", "key:load", config=per_day)

The schedule of the job, and a sensor that asks for one of its partitions, give them to the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.partitions import (
    PartitionsDefinition,
    StaticPartitionsDefinition,
    checked_partitions,
)
from tui.definitions.regular_partitions import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from tui.definitions.run_config import config_tree
from tui.definitions.run_requests import RunRequest
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition

ByKey = Callable[[str], Any]


class PartitionedConfig:
    """Settings for each partition.

    Args:
        partitions_def: The partitions.
        run_config_for_partition_fn: Not in dbtree; must be None.
        decorated_fn: What is called when the object itself is, as in a test.
        tags_for_partition_fn: Not in dbtree; must be None.
        run_config_for_partition_key_fn: Called with a key; answers the settings of its run.
        tags_for_partition_key_fn: Called with a key; answers the tags of its run.

    Raises:
        DefinitionError: for no partitions, or no function.
    """

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_fn: Any = None,
        decorated_fn: Callable[..., Any] | None = None,
        tags_for_partition_fn: Any = None,
        run_config_for_partition_key_fn: ByKey | None = None,
        tags_for_partition_key_fn: ByKey | None = None,
    ) -> None:
        if run_config_for_partition_fn is not None or tags_for_partition_fn is not None:
            raise DefinitionError(
                "PartitionedConfig takes functions of a partition's key: "
                "run_config_for_partition_key_fn, tags_for_partition_key_fn."
            )
        if not callable(run_config_for_partition_key_fn):
            raise DefinitionError("PartitionedConfig needs run_config_for_partition_key_fn.")
        partitions = checked_partitions(partitions_def)
        if partitions is None:
            raise DefinitionError("PartitionedConfig needs a partitions_def.")
        self.partitions_def = partitions
        self._config = run_config_for_partition_key_fn
        self._tags = tags_for_partition_key_fn
        self._decorated = decorated_fn or run_config_for_partition_key_fn

    def get_partition_keys(self, current_time: datetime | None = None) -> Sequence[str]:
        """The keys of all partitions there are now, or at a time."""
        return self.partitions_def.get_partition_keys(current_time)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """The settings of a partition's run. Raises DefinitionError for an unknown partition."""
        if partition_key not in self.get_partition_keys():
            raise DefinitionError(f"There is no partition {partition_key!r}.")
        return config_tree(self._config(partition_key))

    def get_tags_for_partition_key(self, partition_key: str) -> Mapping[str, str]:
        """The tags of a partition's run."""
        return dict(self._tags(partition_key)) if self._tags is not None else {}

    def request(self, partition_key: str) -> RunRequest:
        """The run of a partition."""
        return RunRequest(
            partition_key=partition_key,
            run_config=self.get_run_config_for_partition_key(partition_key),
            tags=self.get_tags_for_partition_key(partition_key),
        )

    def at_tick(self, scheduled_at: datetime) -> RunRequest | None:
        """The run of the latest partition at a time; None while there is none."""
        keys = self.get_partition_keys(scheduled_at)
        return self.request(keys[-1]) if keys else None

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test."""
        return self._decorated(*args, **named)


def partitioned_config(
    partitions_def: PartitionsDefinition, tags_for_partition_key_fn: ByKey | None = None
) -> Callable[[ByKey], PartitionedConfig]:
    """Make settings for each partition of a function of its key.

    Args:
        partitions_def: The partitions.
        tags_for_partition_key_fn: Called with a key; answers the tags of its run.
    """

    def decorate(fn: ByKey) -> PartitionedConfig:
        return PartitionedConfig(
            partitions_def, decorated_fn=fn, run_config_for_partition_key_fn=fn,
            tags_for_partition_key_fn=tags_for_partition_key_fn,
        )  # fmt: skip

    return decorate


def static_partitioned_config(
    partition_keys: Sequence[str],
    tags_for_partition_fn: Any = None,
    tags_for_partition_key_fn: ByKey | None = None,
) -> Callable[[ByKey], PartitionedConfig]:
    """The same for these keys."""
    tags = tags_for_partition_key_fn or tags_for_partition_fn
    return partitioned_config(StaticPartitionsDefinition(partition_keys), tags)


def _of_windows(
    partitions: TimeWindowPartitionsDefinition, tags: Callable[..., Any] | None
) -> Callable[[Callable[..., Any]], PartitionedConfig]:
    """The same of a function of the start and the end of a window."""

    def of_key(fn: Callable[..., Any]) -> ByKey:
        return lambda key: fn(*partitions.time_window_for_partition_key(key))

    def decorate(fn: Callable[..., Any]) -> PartitionedConfig:
        return PartitionedConfig(
            partitions, decorated_fn=fn, run_config_for_partition_key_fn=of_key(fn),
            tags_for_partition_key_fn=of_key(tags) if tags is not None else None,
        )  # fmt: skip

    return decorate


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[..., Any] | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[Callable[..., Any]], PartitionedConfig]:
    """Make settings for each hour of a function of its start and end; see
    `HourlyPartitionsDefinition`.
    """
    partitions = HourlyPartitionsDefinition(
        start_date, None, minute_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(partitions, tags_for_partition_fn)


def daily_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[..., Any] | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[Callable[..., Any]], PartitionedConfig]:
    """Make settings for each day of a function of its start and end; see
    `DailyPartitionsDefinition`.
    """
    partitions = DailyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(partitions, tags_for_partition_fn)


def weekly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[..., Any] | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[Callable[..., Any]], PartitionedConfig]:
    """Make settings for each week of a function of its start and end; see
    `WeeklyPartitionsDefinition`.
    """
    partitions = WeeklyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset,
        exclusions,
    )  # fmt: skip
    return _of_windows(partitions, tags_for_partition_fn)


def monthly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 1,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[..., Any] | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[Callable[..., Any]], PartitionedConfig]:
    """Make settings for each month of a function of its start and end; see
    `MonthlyPartitionsDefinition`.
    """
    partitions = MonthlyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset,
        exclusions,
    )  # fmt: skip
    return _of_windows(partitions, tags_for_partition_fn)
