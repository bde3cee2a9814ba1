"""Schedules and sensors as rows that travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tui.definitions.event_sensors import RunStatusSensorDefinition
from tui.definitions.repository import Definitions
from tui.definitions.schedules import CATCH_UP, ScheduleDefinition
from tui.definitions.selection import AssetSelection, DbtSelection
from tui.definitions.sensors import INTERVAL, SensorDefinition
from tui.protocol.schedules import ScheduleRow
from tui.protocol.sensors import AUTOMATION, SensorRow

DEFAULT = "default_automation_condition_sensor"
"""The sensor of conditions that is there without being defined."""


def schedule_row(one: ScheduleDefinition, definitions: Definitions) -> ScheduleRow:
    """A schedule. Raises DefinitionError when its job is none of the definitions."""
    selection = one.selection(definitions.jobs)
    return ScheduleRow(
        name=one.name,
        cron=one.cron_schedule,
        timezone=one.execution_timezone or "UTC",
        select=selection.select if isinstance(selection, DbtSelection) else selection.text,
        exclude=selection.exclude if isinstance(selection, DbtSelection) else "",
        selector=selection.selector if isinstance(selection, DbtSelection) else "",
        is_on=one.default_status.value == "RUNNING",
        catch_up=str(one.tags.get(CATCH_UP, "")).lower() == "true",
        description=one.description,
        path=one.path,
        line=one.line,
        job=one.job_name or "",
        is_evaluated=one.function is not None,
        config=_config(one.config(definitions.jobs)),
        tags=dict(one.tags),
    )


def _config(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree) if tree else ""


def sensor_rows(definitions: Definitions, *, has_conditions: bool) -> tuple[SensorRow, ...]:
    """All sensors; among them what evaluates the conditions that no other one does, by the name
    that it has in Dagster. Raises DefinitionError.
    """
    found = [sensor_row(one, definitions) for one in definitions.sensors]
    everything = AssetSelection().text
    covered = any(row.kind == AUTOMATION and row.monitored == everything for row in found)
    if has_conditions and not covered and all(row.name != DEFAULT for row in found):
        words = "Evaluates the automation conditions of the assets."
        found.append(SensorRow(DEFAULT, AUTOMATION, INTERVAL, [], False, words, "", 0))
    return tuple(found)


def sensor_row(one: SensorDefinition, definitions: Definitions) -> SensorRow:
    """A sensor. Raises DefinitionError when its job is none of the definitions."""
    of_runs = one if isinstance(one, RunStatusSensorDefinition) else None
    monitored = getattr(one, "monitored", None)
    return SensorRow(
        name=one.name,
        kind=one.kind,
        interval=one.interval,
        targets=[list(target) for target in one.targets(definitions.jobs)],
        is_on=one.default_status.value == "RUNNING",
        description=one.description,
        path=one.path,
        line=one.line,
        monitored=monitored.text if monitored is not None else "",
        statuses=of_runs.statuses if of_runs else (),
        jobs=of_runs.monitored_jobs if of_runs else (),
        tags=dict(one.tags),
    )
