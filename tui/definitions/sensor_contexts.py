"""What the function of a sensor or of a schedule is told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from tui.definitions.dynamic_partitions import DagsterInstance
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import refuse_unknown


class EvaluationContext:
    """What the contexts of sensors and of schedules have in common."""

    def __init__(
        self,
        *,
        resources: Mapping[str, Any] | None = None,
        log: logging.Logger | None = None,
        instance: DagsterInstance | None = None,
    ) -> None:
        self.resources = SimpleNamespace(**(resources or {}))
        """The resources that it asks for, by name."""
        self.log = log or logging.getLogger("dbtree.sensors")
        """A logger; what is said to it stands with the tick."""
        self.instance = instance or DagsterInstance.get()
        """Has the keys of dynamic partitions."""

    repository_def = None
    repository_name = None
    code_location_origin = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""


class SensorEvaluationContext(EvaluationContext):
    """The first argument of a function under `@sensor`.

    Args:
        cursor: What `update_cursor` was given last.
        last_tick_completion_time: When it was evaluated last, in seconds since the epoch.
        last_run_key: Of the run that it asked for last.
        last_sensor_start_time: When it was turned on, in seconds since the epoch.
        sensor_name: Its name.
        resources: By name.
        log: For `context.log`.
        instance: With the keys of dynamic partitions; that of this process by default.
    """

    def __init__(
        self,
        *,
        cursor: str | None = None,
        last_tick_completion_time: float | None = None,
        last_run_key: str | None = None,
        last_sensor_start_time: float | None = None,
        sensor_name: str = "",
        resources: Mapping[str, Any] | None = None,
        log: logging.Logger | None = None,
        instance: DagsterInstance | None = None,
    ) -> None:
        super().__init__(resources=resources, log=log, instance=instance)
        self.cursor = cursor
        self.cursor_updated = False
        self.last_tick_completion_time = last_tick_completion_time
        self.last_run_key = last_run_key
        self.last_sensor_start_time = last_sensor_start_time
        self.sensor_name = sensor_name

    @property
    def last_completion_time(self) -> float | None:
        """The same as `last_tick_completion_time`, as older Dagster has it."""
        return self.last_tick_completion_time

    @property
    def is_first_tick_since_sensor_start(self) -> bool:
        """Whether it was not evaluated since it was turned on."""
        last, start = self.last_tick_completion_time, self.last_sensor_start_time
        return not last or (start is not None and start > last)

    def update_cursor(self, cursor: str | None) -> None:
        """Remember a text until the next evaluation, which has it as `cursor`."""
        if cursor is not None and not isinstance(cursor, str):
            raise DefinitionError(f"A cursor is a text, not {cursor!r}.")
        self.cursor = cursor
        self.cursor_updated = True


class ScheduleEvaluationContext(EvaluationContext):
    """The first argument of a function under `@schedule`.

    Args:
        scheduled_execution_time: Of its tick, in the schedule's zone.
        resources: By name.
        log: For `context.log`.
        instance: With the keys of dynamic partitions; that of this process by default.
    """

    def __init__(
        self,
        scheduled_execution_time: datetime | None = None,
        *,
        resources: Mapping[str, Any] | None = None,
        log: logging.Logger | None = None,
        instance: DagsterInstance | None = None,
    ) -> None:
        super().__init__(resources=resources, log=log, instance=instance)
        self._at = scheduled_execution_time

    @property
    def has_scheduled_execution_time(self) -> bool:
        """Whether it is evaluated for a tick."""
        return self._at is not None

    @property
    def scheduled_execution_time(self) -> datetime:
        """The time of its tick. Raises DefinitionError where there is none."""
        if self._at is None:
            raise DefinitionError("This evaluation is for no tick: there is no scheduled time.")
        return self._at


REFUSED = {
    "repository_def": "dbtree has no repositories.",
    "definitions": "give the resources.",
    "repository_name": "dbtree has no repositories.",
}


def build_sensor_context(
    instance: DagsterInstance | None = None,
    cursor: str | None = None,
    *,
    sensor_name: str | None = None,
    resources: Mapping[str, Any] | None = None,
    last_sensor_start_time: float | None = None,
    last_tick_completion_time: float | None = None,
    **refused: Any,
) -> SensorEvaluationContext:
    """A context for a test that calls a sensor's function by hand.

    Args:
        instance: With the keys of dynamic partitions; that of this process by default.
        cursor: What was remembered.
        sensor_name: Of the sensor.
        resources: By name.
        last_sensor_start_time: When it was turned on, in seconds since the epoch.
        last_tick_completion_time: When it was evaluated last, in seconds since the epoch.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.
    """
    refuse_unknown("build_sensor_context", refused, REFUSED)
    return SensorEvaluationContext(
        cursor=cursor, sensor_name=sensor_name or "", resources=resources,
        last_sensor_start_time=last_sensor_start_time,
        last_tick_completion_time=last_tick_completion_time, instance=instance,
    )  # fmt: skip


def build_schedule_context(
    instance: DagsterInstance | None = None,
    scheduled_execution_time: datetime | None = None,
    resources: Mapping[str, Any] | None = None,
    **refused: Any,
) -> ScheduleEvaluationContext:
    """A context for a test that calls a schedule's function by hand.

    Args:
        instance: With the keys of dynamic partitions; that of this process by default.
        scheduled_execution_time: Of its tick.
        resources: By name.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.
    """
    refuse_unknown("build_schedule_context", refused, REFUSED)
    return ScheduleEvaluationContext(
        scheduled_execution_time, resources=resources, instance=instance
    )
