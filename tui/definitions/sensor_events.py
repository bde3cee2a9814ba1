"""What sensors hear of: materializations, and runs that ended, with Dagster's names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tui.definitions.keys import AssetKey
from tui.definitions.metadata import MetadataValue
from tui.definitions.results import AssetMaterialization
from tui.definitions.sensor_contexts import EvaluationContext, SensorEvaluationContext
from tui.protocol.sensors import Occurrence


class DagsterRunStatus(Enum):
    """The status of a run, in Dagster's words."""

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"


@dataclass(frozen=True)
class DagsterEvent:
    """What happened."""

    message: str = ""
    asset_key: AssetKey | None = None
    step_key: str | None = None
    """The asset or check that it is about."""
    partition: str | None = None
    materialization: AssetMaterialization | None = None
    observation: AssetMaterialization | None = None

    @property
    def asset_observation(self) -> AssetMaterialization | None:
        """The observation, where it is one."""
        return self.observation

    @property
    def event_specific_data(self) -> DagsterEvent:
        """This event: it has the materialization."""
        return self

    step_materialization_data = event_specific_data
    asset_observation_data = event_specific_data


@dataclass(frozen=True)
class EventLogEntry:
    """A materialization as `@asset_sensor` hears of it."""

    run_id: str
    timestamp: float
    """Seconds since the epoch."""
    dagster_event: DagsterEvent

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """The materialization, with its metadata."""
        return self.dagster_event.materialization

    @property
    def asset_key(self) -> AssetKey | None:
        """The key of the asset."""
        return self.dagster_event.asset_key

    @property
    def message(self) -> str:
        """What happened, in words."""
        return self.dagster_event.message

    @staticmethod
    def of(one: Occurrence) -> EventLogEntry:
        """The entry of a materialization."""
        key = AssetKey.from_user_string(one.key)
        metadata = {
            label: MetadataValue(row["kind"], row["value"]) for label, row in one.metadata.items()
        }
        made = AssetMaterialization(key, metadata=metadata, partition=one.partition or None)
        event = DagsterEvent(f"Materialized {key}.", key, one.key, one.partition or None, made)
        return EventLogEntry(one.run_id, one.at, event)


@dataclass(frozen=True)
class EventLogRecord:
    """A materialization as `@multi_asset_sensor` hears of it."""

    storage_id: float
    """When it was, in seconds since the epoch: later ones have a greater one."""
    event_log_entry: EventLogEntry

    @property
    def asset_key(self) -> AssetKey | None:
        """The key of the asset."""
        return self.event_log_entry.asset_key

    @property
    def run_id(self) -> str:
        """Of the run that made it."""
        return self.event_log_entry.run_id

    @property
    def timestamp(self) -> float:
        """When it was, in seconds since the epoch."""
        return self.event_log_entry.timestamp

    @property
    def partition_key(self) -> str | None:
        """The partition that was made, if any."""
        return self.event_log_entry.dagster_event.partition


class MultiAssetSensorEvaluationContext(SensorEvaluationContext):
    """The first argument of a function under `@multi_asset_sensor`.

    Args:
        occurrences: The latest materialization of each asset that has one.
        monitored: The keys of the assets.
        options: As of SensorEvaluationContext.
    """

    def __init__(
        self, occurrences: Iterable[Occurrence], monitored: Iterable[str], **options: Any
    ) -> None:
        super().__init__(**options)
        self.asset_keys = [AssetKey.from_user_string(key) for key in monitored]
        """The keys of the assets."""
        self._seen: dict[str, float] = json.loads(self.cursor) if self.cursor else {}
        self._latest = {
            one.key: EventLogRecord(one.at, EventLogEntry.of(one)) for one in occurrences
        }

    def materialized_at(self, asset_key: AssetKey) -> float | None:
        """When an asset was materialized last, in seconds since the epoch; None for never."""
        record = self._latest.get(asset_key.to_user_string())
        return record.storage_id if record is not None else None

    def latest_materialization_records_by_key(
        self, asset_keys: Sequence[AssetKey] | None = None
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        """Of each asset the latest materialization that the cursor is not past; None for none."""
        found: dict[AssetKey, EventLogRecord | None] = {}
        for key in asset_keys or self.asset_keys:
            text = key.to_user_string()
            record = self._latest.get(text)
            is_new = record is not None and record.storage_id > self._seen.get(text, 0.0)
            found[key] = record if is_new else None
        return found

    def advance_cursor(
        self, materialization_records_by_key: Mapping[AssetKey, EventLogRecord | None]
    ) -> None:
        """Be past these materializations at the next evaluation."""
        for key, record in materialization_records_by_key.items():
            if record is not None:
                self._seen[key.to_user_string()] = record.storage_id
        self.update_cursor(json.dumps(self._seen, sort_keys=True))

    def advance_all_cursors(self) -> None:
        """Be past all materializations that there are now."""
        latest = self._latest.items()
        self.advance_cursor({AssetKey.from_user_string(key): one for key, one in latest})


@dataclass(frozen=True)
class DagsterRun:
    """A run that ended."""

    job_name: str = ""
    """The job; else the schedule or sensor that started it, or what it was called."""
    run_id: str = ""
    status: DagsterRunStatus = DagsterRunStatus.SUCCESS
    tags: Mapping[str, str] = field(default_factory=dict)
    start_time: float = 0.0
    end_time: float = 0.0
    """Seconds since the epoch."""

    @property
    def is_success(self) -> bool:
        """Whether all went well."""
        return self.status is DagsterRunStatus.SUCCESS

    @property
    def is_failure(self) -> bool:
        """Whether something failed."""
        return self.status is DagsterRunStatus.FAILURE


class RunStatusSensorContext(EvaluationContext):
    """The argument of a function under `@run_status_sensor`.

    Args:
        sensor_name: Its name.
        dagster_run: The run.
        dagster_event: How it ended.
        steps: What failed in it.
        options: As of EvaluationContext.
    """

    def __init__(
        self,
        sensor_name: str,
        dagster_run: DagsterRun,
        dagster_event: DagsterEvent,
        steps: Sequence[DagsterEvent] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.sensor_name = sensor_name
        self.dagster_run = dagster_run
        self.dagster_event = dagster_event
        self.partition_key = dagster_event.partition
        self._steps = list(steps)

    def for_run_failure(self) -> RunStatusSensorContext:
        """This context: it has all that one of a failure has."""
        return self

    @property
    def failure_event(self) -> DagsterEvent:
        """How the run failed."""
        return self.dagster_event

    def get_step_failure_events(self) -> list[DagsterEvent]:
        """The assets and checks that failed, each with its message."""
        return list(self._steps)


RunFailureSensorContext = RunStatusSensorContext
"""What a function under `@run_failure_sensor` is told."""


def build_run_status_sensor_context(
    sensor_name: str,
    dagster_event: DagsterEvent,
    dagster_instance: Any = None,
    dagster_run: DagsterRun | None = None,
    context: Any = None,
    resources: Mapping[str, Any] | None = None,
    **_: Any,
) -> RunStatusSensorContext:
    """A context for a test that calls a run status sensor's function by hand.

    Args:
        sensor_name: Of the sensor.
        dagster_event: How the run ended.
        dagster_instance: Accepted and left alone.
        dagster_run: The run.
        context: Accepted and left alone.
        resources: By name.
    """
    return RunStatusSensorContext(
        sensor_name, dagster_run or DagsterRun(), dagster_event, resources=resources
    )


def context_of_run(
    name: str, status: DagsterRunStatus, one: Occurrence, **options: Any
) -> RunStatusSensorContext:
    """What a sensor is told of a run that ended.

    Args:
        name: Of the sensor.
        status: How it ended, in Dagster's words.
        one: The run.
        options: As of EvaluationContext.
    """
    run = DagsterRun(one.job, one.run_id, status, dict(one.tags), one.started_at, one.at)
    event = DagsterEvent(one.message or f"The run {one.run_id} ended.", None, None, one.partition)
    steps = [_step(node, str(text), one.partition) for node, text in one.metadata.items()]
    return RunStatusSensorContext(name, run, event, steps, **options)


def _step(node: str, message: str, partition: str) -> DagsterEvent:
    """What failed in a run: of a Python asset with its key, and the name of its step."""
    kind, _, text = node.partition(".")
    if kind != "asset":
        return DagsterEvent(message, None, node, partition)
    key = AssetKey.from_user_string(text)
    return DagsterEvent(message, key, "__".join(key.path), partition)
