"""Sensors as they travel: what is evaluated at an interval, and what comes of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SENSOR, OF_ASSET, OF_ASSETS, OF_RUNS, AUTOMATION = "sensor", "asset", "assets", "runs", "automation"
"""Kinds of sensors: a function; one that hears of the materializations of an asset, or of several;
one that hears of runs that ended; the evaluation of automation conditions, without a function."""


class SensorTarget(NamedTuple):
    """Assets that a sensor may have materialized: a job, or a selection."""

    job: str
    """Empty for a selection without a name."""
    select: str
    """As of a ScheduleRow."""
    exclude: str = ""
    selector: str = ""
    config: str = ""
    """Settings of its runs, as JSON; empty for none."""
    tags: Mapping[str, str] = {}
    """Of its runs."""


class SensorRow(NamedTuple):
    """A sensor of the definitions."""

    name: str
    kind: str
    interval: int
    """Seconds that pass at least between two evaluations."""
    targets: Sequence[Sequence[Any]]
    """Rows of SensorTarget."""
    is_on: bool
    """Whether it is on before anybody has said so."""
    description: str
    path: str
    """The file that declares it; absolute, or empty."""
    line: int
    monitored: str = ""
    """Of OF_ASSET, OF_ASSETS and AUTOMATION: the assets, as a selection in Dagster's syntax."""
    statuses: Sequence[str] = ()
    """Of OF_RUNS: how a run must have ended: success, failed, cancelled."""
    jobs: Sequence[str] = ()
    """Of OF_RUNS: the jobs whose runs it hears of; empty for all."""
    tags: Mapping[str, str] = {}
    """Of the runs that it starts."""


class RunRequestRow(NamedTuple):
    """A run that an evaluation asks for."""

    run_key: str = ""
    """The same key is run once; empty for always."""
    job: str = ""
    """Which of the sensor's targets; empty for the only one."""
    keys: Sequence[str] = ()
    """Keys of the assets, in place of all of the target."""
    partition: str = ""
    tags: Mapping[str, str] = {}
    config: str = ""
    """Settings of the run, as JSON; empty for those of the target."""


class Occurrence(NamedTuple):
    """Something that a sensor hears of: a materialization, or the end of a run."""

    at: float
    """Seconds since the epoch."""
    run_id: str
    key: str = ""
    """Of a materialization: the key of its asset."""
    partition: str = ""
    metadata: Mapping[str, Any] = {}
    """Of a materialization: label → {kind, value}."""
    job: str = ""
    """Of a run: the job, or the schedule or sensor that started it."""
    status: str = ""
    """Of a run: success, failed, cancelled."""
    message: str = ""
    """Of a run: why it failed."""
    tags: Mapping[str, str] = {}
    """Of a run."""
    started_at: float = 0.0
