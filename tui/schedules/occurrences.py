"""What sensors hear of: materializations in the history, and runs that ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tui.graph import AssetGraph
from tui.protocol.sensors import OF_ASSET, OF_ASSETS, OF_RUNS, Occurrence, SensorRow
from tui.runs.values import BAD, History, Run
from tui.schedules.planning import PlanningWorkspace
from tui.schedules.sensor_values import Sensor
from tui.selection.dbt_lookup import DbtLookup

OVERLAP = 600.0
"""Seconds before the last run that was heard of in which runs may be found later."""
KEPT = 1000
"""Runs that are remembered as heard of."""
AT_ONCE = 25
"""Runs that a sensor hears of in one evaluation."""


class Heard(NamedTuple):
    """What a sensor hears of in an evaluation."""

    occurrences: Sequence[Occurrence] = ()
    keys: Sequence[str] = ()
    """Of the assets that it monitors."""
    nothing: str = ""
    """Why its function need not be called; empty where it is."""
    cursor: str | None = None
    """What is remembered afterwards, of a sensor that does not keep it itself."""
    keeps_cursor: bool = False


async def heard_by(
    workspace: PlanningWorkspace,
    sensor: Sensor,
    cursor: str | None,
    now: float,
    jobs: Mapping[str, str],
) -> Heard:
    """What a sensor hears of now.

    Args:
        workspace: The open project.
        sensor: The sensor.
        cursor: What it remembers.
        now: Seconds since the epoch.
        jobs: Which job a schedule runs, by the schedule's name.

    Raises:
        SelectionError: when what it monitors cannot be resolved.
    """
    state = workspace.state
    if sensor.row.kind == OF_RUNS:
        return heard_of_runs(sensor.row, cursor, state.runs, state.target, now, jobs)
    if sensor.row.kind not in (OF_ASSET, OF_ASSETS):
        return Heard()
    chosen = await DbtLookup(workspace.queries).resolve(sensor.row.monitored)
    return heard_of_assets(sensor.row, cursor, chosen, state.graph, state.history)


def heard_of_assets(
    row: SensorRow, cursor: str | None, chosen: Iterable[str], graph: AssetGraph, history: History
) -> Heard:
    """The latest materialization of each asset that a sensor monitors.

    Args:
        row: Of the sensor.
        cursor: Of a sensor of one asset: the time of the latest that it has heard of.
        chosen: unique_ids of what it monitors; checks among them are left alone.
        graph: As it is.
        history: Of the target.
    """
    assets = sorted(key for key in chosen if key in graph.assets)
    keys = [graph.assets[key].key or graph.assets[key].name for key in assets]
    found = []
    for unique_id, key in zip(assets, keys, strict=True):
        built = history.built.get(unique_id)
        if built is not None:
            metadata = json.loads(built.metadata) if built.metadata else {}
            partition = _partition(history, unique_id, built.run_id)
            found.append(Occurrence(built.finished_at, built.run_id, key, partition, metadata))
    found.sort(key=lambda one: one.at)
    if row.kind == OF_ASSET:
        seen = float(cursor) if cursor else 0.0
        if not any(one.at > seen for one in found):
            words = f"{', '.join(keys) or row.monitored} was not materialized anew"
            return Heard(found, keys, words, cursor)
    return Heard(found, keys)


def _partition(history: History, unique_id: str, run_id: str) -> str:
    """The latest partition that a run made of an asset; empty where it made none."""
    made = history.partitions_of(unique_id).items()
    keys = [key for key, one in made if one.built is not None and one.built.run_id == run_id]
    return keys[-1] if keys else ""


def heard_of_runs(
    row: SensorRow,
    cursor: str | None,
    runs: Iterable[Run],
    target: str,
    now: float,
    jobs: Mapping[str, str],
) -> Heard:
    """The runs that ended since a sensor heard of some last; from the first evaluation on.

    Args:
        row: Of the sensor.
        cursor: What it remembers.
        runs: All that are known.
        target: The target in use.
        now: Seconds since the epoch.
        jobs: Which job a schedule runs, by the schedule's name.
    """
    if cursor is None:
        begun = json.dumps({"since": now, "heard": [], "begun": now})
        return Heard(nothing="it hears of the runs that end from now on", cursor=begun)
    known = json.loads(cursor)
    since, begun_at, heard = float(known["since"]), float(known["begun"]), known["heard"]
    ended = [
        run
        for run in runs
        if run.target == target
        and not run.is_active
        and run.was_started
        and run.finished_at > max(since - OVERLAP, begun_at)
        and run.run_id not in heard
        and run.status in row.statuses
        and _is_monitored(row, run, jobs)
    ]
    ended = sorted(ended, key=lambda run: run.finished_at)[:AT_ONCE]
    if not ended:
        return Heard(nothing="no such run has ended", cursor=cursor, keeps_cursor=True)
    latest = max(since, ended[-1].finished_at)
    kept = [*heard, *(run.run_id for run in ended)][-KEPT:]
    after = json.dumps({"since": latest, "heard": kept, "begun": begun_at})
    return Heard([_of_run(run, jobs) for run in ended], cursor=after, keeps_cursor=True)


def _job_of(run: Run, jobs: Mapping[str, str]) -> str:
    label = run.label.partition(" · ")[0]
    return jobs.get(label, label)


def _is_monitored(row: SensorRow, run: Run, jobs: Mapping[str, str]) -> bool:
    """Whether a sensor hears of a run: not of those that it has started itself."""
    job = _job_of(run, jobs)
    own = {row.name, *(target[0] for target in row.targets if target[0])}
    if row.jobs:
        return job in row.jobs
    return job not in own


def _of_run(run: Run, jobs: Mapping[str, str]) -> Occurrence:
    failed = {key: node.message for key, node in run.nodes.items() if node.status in BAD}
    first = next((message for message in failed.values() if message), "")
    return Occurrence(
        run.finished_at, run.run_id, partition=run.partitions[0] if run.partitions else "",
        metadata=failed, job=_job_of(run, jobs), status=run.status,
        message=run.message or first, tags=dict(run.tags), started_at=run.started_at,
    )  # fmt: skip
