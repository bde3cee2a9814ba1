"""Sensors that hear of something: `@asset_sensor`, `@multi_asset_sensor`, `@run_status_sensor`,
`@run_failure_sensor`.

    @asset_sensor(asset_key=AssetKey("orders"), job=report_job)
    def orders_changed(context, asset_event: EventLogEntry):
        return RunRequest(run_key=asset_event.run_id)

Differs from Dagster's: an event has what dbtree's history has; of runs, a sensor hears how they
ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.functions import refuse_unknown
from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.schedules import JobDefinition
from tui.definitions.selection import AssetSelection
from tui.definitions.sensor_events import DagsterRunStatus
from tui.definitions.sensors import SensorDefinition
from tui.definitions.unserved import note, served
from tui.protocol.sensors import OF_ASSET, OF_ASSETS, OF_RUNS

ENDED = {
    DagsterRunStatus.SUCCESS: ("success",),
    DagsterRunStatus.FAILURE: ("failed", "error", "interrupted"),
    DagsterRunStatus.CANCELED: ("cancelled",),
}
"""How a run of dbtree has ended that has a status of Dagster's."""


class AssetSensorDefinition(SensorDefinition):
    """What `@asset_sensor` returns: its function is called with the latest materialization.

    Args:
        name: Of the sensor.
        asset_key: The asset.
        options: As of SensorDefinition.
    """

    kind = OF_ASSET
    given = 2

    def __init__(self, name: str | None, asset_key: CoercibleToAssetKey, **options: Any) -> None:
        super().__init__(name, **options)
        self.asset_key = AssetKey.from_coercible(asset_key)
        self.monitored = AssetSelection.keys(self.asset_key)


class MultiAssetSensorDefinition(SensorDefinition):
    """What `@multi_asset_sensor` returns: its function asks the context what is new.

    Args:
        name: Of the sensor.
        monitored_assets: The assets: keys or a selection.
        request_assets: What its runs materialize, in place of a job.
        options: As of SensorDefinition.
    """

    kind = OF_ASSETS

    def __init__(
        self,
        name: str | None,
        monitored_assets: Any,
        request_assets: AssetSelection | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, asset_selection=request_assets, **options)
        self.monitored = AssetSelection.from_coercible(monitored_assets)


class RunStatusSensorDefinition(SensorDefinition):
    """What `@run_status_sensor` returns: its function is called once for each run.

    Args:
        name: Of the sensor.
        run_status: How the runs have ended.
        monitored_jobs: Whose runs; all by default.
        options: As of SensorDefinition.
    """

    kind = OF_RUNS

    def __init__(
        self,
        name: str | None,
        run_status: DagsterRunStatus,
        monitored_jobs: Sequence[Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.run_status = run_status
        self.statuses: tuple[str, ...] = ENDED.get(run_status, ())
        words = f"{self.name} hears of runs that have ended: SUCCESS, FAILURE, CANCELED."
        if not self.statuses and not note(words, path=self.path, line=self.line):
            raise DefinitionError(words, path=self.path, line=self.line)
        self.monitored_jobs = [_name_of(one) for one in served(monitored_jobs)]


def asset_sensor(
    asset_key: CoercibleToAssetKey,
    *,
    job_name: str | None = None,
    name: str | None = None,
    **options: Any,
) -> Callable[[Callable[..., Any]], AssetSensorDefinition]:
    """Make a sensor of a function that is called when an asset was materialized anew.

    Args:
        asset_key: The asset.
        job_name: The name of a job of the same Definitions.
        name: The function's name by default.
        options: As of SensorDefinition.
    """

    def decorate(call: Callable[..., Any]) -> AssetSensorDefinition:
        return AssetSensorDefinition(
            name, asset_key, evaluation_fn=call, job_name=job_name, **options
        )

    return decorate


def multi_asset_sensor(
    monitored_assets: Any,
    *,
    job_name: str | None = None,
    name: str | None = None,
    request_assets: AssetSelection | None = None,
    **options: Any,
) -> Callable[[Callable[..., Any]], MultiAssetSensorDefinition]:
    """Make a sensor of a function that asks which of several assets were materialized anew.

    Args:
        monitored_assets: Keys, or a selection.
        job_name: The name of a job of the same Definitions.
        name: The function's name by default.
        request_assets: What its runs materialize, in place of a job.
        options: As of SensorDefinition.
    """

    def decorate(call: Callable[..., Any]) -> MultiAssetSensorDefinition:
        return MultiAssetSensorDefinition(
            name, monitored_assets, request_assets, evaluation_fn=call, job_name=job_name,
            **options,
        )  # fmt: skip

    return decorate


REFUSED = {
    "monitor_all_code_locations": "dbtree has one project open.",
    "monitor_all_repositories": "dbtree has one project open.",
}


def run_status_sensor(
    run_status: DagsterRunStatus,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[Any] | None = None,
    job_selection: Sequence[Any] | None = None,
    *,
    request_job: Any = None,
    request_jobs: Sequence[Any] | None = None,
    default_status: Any = None,
    **more: Any,
) -> Callable[[Callable[..., Any]], RunStatusSensorDefinition]:
    """Make a sensor of a function that is called once for each run that has ended so.

    Args:
        run_status: DagsterRunStatus.SUCCESS, FAILURE or CANCELED.
        name: The function's name by default.
        minimum_interval_seconds: Between two evaluations; 30 by default.
        description: The docstring by default.
        monitored_jobs: Jobs whose runs it hears of; all runs by default.
        job_selection: The same, as older Dagster has it.
        request_job: What it may ask to run.
        request_jobs: The same for several jobs.
        default_status: Whether it is on before anybody has said so; it is off by default.
        more: `tags`, `metadata`, `owners`; what Dagster has and dbtree has not is refused.
    """
    refused = {key: more.pop(key) or None for key in REFUSED if key in more}
    refuse_unknown("@run_status_sensor", refused, REFUSED)
    options = {"default_status": default_status} if default_status is not None else {}

    def decorate(call: Callable[..., Any]) -> RunStatusSensorDefinition:
        return RunStatusSensorDefinition(
            name, run_status, monitored_jobs or job_selection, evaluation_fn=call,
            minimum_interval_seconds=minimum_interval_seconds, description=description,
            job=request_job, jobs=request_jobs, **options, **more,
        )  # fmt: skip

    return decorate


def run_failure_sensor(name: Any = None, *args: Any, **options: Any) -> Any:
    """The same for runs that failed; may stand without parentheses.

    Args:
        name: The function's name by default.
        args: As of `run_status_sensor`, from `minimum_interval_seconds` on.
        options: The same.
    """
    if callable(name):
        return run_status_sensor(DagsterRunStatus.FAILURE)(name)
    return run_status_sensor(DagsterRunStatus.FAILURE, name, *args, **options)


def _name_of(job: Any) -> str:
    if isinstance(job, JobDefinition):
        return job.name
    raise DefinitionError(f"{job!r} is not a job of define_asset_job.")
