"""Evaluates a sensor, or the function of a schedule, once: what it asks for, and its cursor."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tui.definitions.config import all_ready
from tui.definitions.errors import DefinitionError
from tui.definitions.event_sensors import (
    AssetSensorDefinition,
    MultiAssetSensorDefinition,
    RunStatusSensorDefinition,
)
from tui.definitions.repository import Definitions
from tui.definitions.run_requests import Answer, RunRequest, answer_of
from tui.definitions.schedules import ScheduleDefinition
from tui.definitions.sensor_contexts import ScheduleEvaluationContext, SensorEvaluationContext
from tui.definitions.sensor_events import (
    EventLogEntry,
    MultiAssetSensorEvaluationContext,
    context_of_run,
)
from tui.definitions.sensors import SensorDefinition
from tui.definitions.zones import zone_of
from tui.protocol.sensors import Occurrence, RunRequestRow


@dataclass(frozen=True)
class Asked:
    """For what an evaluation is."""

    cursor: str | None = None
    last_at: float | None = None
    """When it was evaluated last, in seconds since the epoch."""
    last_run_key: str | None = None
    started_at: float | None = None
    """When it was turned on."""
    occurrences: Sequence[Occurrence] = ()
    """What a sensor of assets or runs hears of, the oldest first."""
    monitored: Sequence[str] = ()
    """Keys of the assets that it hears of."""
    scheduled_at: float = 0.0
    """Of a schedule: the time of its tick."""


@dataclass(frozen=True)
class Evaluated:
    """What came of an evaluation."""

    requests: list[RunRequestRow] = field(default_factory=list)
    skipped: str = ""
    cursor: str | None = None
    heard: int = 0
    """How many runs it was called for."""
    log: list[str] = field(default_factory=list)
    partitions: list[tuple[str, str, list[str]]] = field(default_factory=list)
    """Of dynamic partitions: add or delete, the name of the definition, the keys."""


class _Kept(logging.Handler):
    """Keeps what is said to a logger."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname.lower()}: {record.getMessage()}")


class Evaluation:
    """One evaluation. What was said to its log is there also when the function raises."""

    def __init__(self, definitions: Definitions, asked: Asked) -> None:
        self._definitions = definitions
        self._asked = asked
        self._kept = _Kept()
        self._log = logging.Logger("dbtree.evaluation", logging.DEBUG)
        self._log.addHandler(self._kept)

    @property
    def log(self) -> list[str]:
        """What was said to `context.log`, each line with its level."""
        return self._kept.lines

    def run(self, name: str) -> Evaluated:
        """Call the function of a sensor or schedule. Raises whatever it raises, and
        DefinitionError where there is none of the name.
        """
        one = self._named(name)
        if one is None or one.function is None:
            raise DefinitionError(f"The definitions have no function for {name}.", path="-")
        if isinstance(one, ScheduleDefinition):
            return self._of_schedule(one)
        if isinstance(one, AssetSensorDefinition):
            return self._of_asset(one)
        if isinstance(one, RunStatusSensorDefinition):
            return self._of_runs(one)
        return self._of_sensor(one)

    def _named(self, name: str) -> SensorDefinition | ScheduleDefinition | None:
        known: list[SensorDefinition | ScheduleDefinition] = [
            *self._definitions.sensors, *self._definitions.schedules
        ]  # fmt: skip
        return next((one for one in known if one.name == name), None)

    def place_of(self, name: str) -> tuple[str, int]:
        """The file and line of the function of a sensor or schedule; empty and 0 for none."""
        one = self._named(name)
        return (one.function.path, one.function.line) if one and one.function else ("", 0)

    def _called(self, one: SensorDefinition, context: Any, *more: Any) -> Answer:
        resources = self._definitions.resources
        names = one.resource_names(resources.keys())
        with all_ready(names, resources, context) as ready:
            context.resources.__dict__.update(ready)
            given = {name: ready[name] for name in names if name in ready}
            found = answer_of(one.called((context, *more), given), one.name)
        for request in found.requests:
            self._add_config(one, request)
        return found

    def _add_config(self, one: SensorDefinition, request: RunRequest) -> None:
        """Give a run of a partition the settings that its job has for it."""
        names = [request.job_name] if request.job_name else [job.name for job in one.jobs]
        job = self._definitions.job_named(names[0]) if len(names) == 1 else None
        if job is None or job.per_partition is None or not request.partition_key:
            return
        said = job.per_partition.request(request.partition_key)
        request.run_config = request.run_config or said.run_config
        request.tags = {**said.tags, **request.tags}

    def _options(self, one: SensorDefinition) -> dict[str, Any]:
        asked = self._asked
        return {
            "cursor": asked.cursor, "last_tick_completion_time": asked.last_at,
            "last_run_key": asked.last_run_key, "last_sensor_start_time": asked.started_at,
            "sensor_name": one.name, "log": self._log,
        }  # fmt: skip

    def _evaluated(self, answer: Answer, cursor: str | None, **more: Any) -> Evaluated:
        rows = [request.row() for request in answer.requests]
        return Evaluated(
            rows, answer.skipped, cursor, log=self.log, partitions=answer.partitions, **more
        )

    def _of_sensor(self, one: SensorDefinition) -> Evaluated:
        options = self._options(one)
        if isinstance(one, MultiAssetSensorDefinition):
            asked = self._asked
            context: SensorEvaluationContext = MultiAssetSensorEvaluationContext(
                asked.occurrences, asked.monitored, **options
            )
        else:
            context = SensorEvaluationContext(**options)
        answer = self._called(one, context)
        cursor = answer.cursor if answer.cursor is not None else context.cursor
        return self._evaluated(answer, cursor)

    def _of_asset(self, one: AssetSensorDefinition) -> Evaluated:
        cursor = self._asked.cursor
        seen = float(cursor) if cursor else 0.0
        new = [each for each in self._asked.occurrences if each.at > seen]
        if not new:
            return Evaluated(skipped=f"{one.asset_key} was not materialized anew", cursor=cursor)
        context = SensorEvaluationContext(**self._options(one))
        answer = self._called(one, context, EventLogEntry.of(new[-1]))
        if answer.cursor is not None or context.cursor_updated:
            raise DefinitionError(
                f"{one.name} keeps its cursor itself: the materializations that it has heard of.",
                path=one.path, line=one.line,
            )  # fmt: skip
        return self._evaluated(answer, repr(new[-1].at))

    def _of_runs(self, one: RunStatusSensorDefinition) -> Evaluated:
        answers = Answer()
        cursor = self._asked.cursor
        for run in self._asked.occurrences:
            context = context_of_run(one.name, one.run_status, run, log=self._log)
            found = self._called(one, context)
            answers.requests += found.requests
            answers.partitions += found.partitions
            answers.skipped = found.skipped or answers.skipped
            cursor = repr(run.at)
        return self._evaluated(answers, cursor, heard=len(self._asked.occurrences))

    def _of_schedule(self, one: ScheduleDefinition) -> Evaluated:
        zone = zone_of(one.execution_timezone or "UTC")
        at = datetime.fromtimestamp(self._asked.scheduled_at, zone)
        context = ScheduleEvaluationContext(at, log=self._log)
        resources = self._definitions.resources
        names = _names_of(one, resources)
        with all_ready(names, resources, context) as ready:
            context.resources.__dict__.update(ready)
            answer = one.answer(context, {name: ready[name] for name in names})
        return self._evaluated(answer, None)


def _names_of(one: ScheduleDefinition, resources: Mapping[str, Any]) -> Iterable[str]:
    """The resources that the function of a schedule asks for."""
    names = one.function.parameters if one.function is not None else ()
    asked = [name for name in names if name in resources]
    return [*asked, *(name for name in one.required_resource_keys if name in resources)]
