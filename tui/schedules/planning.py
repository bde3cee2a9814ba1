"""From what a schedule or a sensor asks for to the run that makes it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tui.errors import SelectionError
from tui.protocol.sensors import RunRequestRow, SensorTarget
from tui.runs.partitioned import common_partitions, in_parts, keys_in
from tui.runs.plan import RunPlan, line_of_config, plan_build
from tui.selection.dagster import is_dagster
from tui.selection.dbt_lookup import DbtLookup, DbtSelector

EVERYTHING = "fqn:*"
BY_SCHEDULE = "dbtree/schedule_name"
BY_SENSOR = "dbtree/sensor_name"
"""Tags of a run: what has started it."""
JOB = "dbtree/job"
"""A tag of a run: the job of the definitions that it is a run of."""


class PlanningWorkspace(Protocol):
    """The workspace, as far as plans need it."""

    @property
    def state(self) -> Any:
        """What is current."""

    @property
    def queries(self) -> DbtSelector:
        """Has dbt resolve selections."""


async def plan_of(
    workspace: PlanningWorkspace,
    *,
    select: str,
    exclude: str = "",
    selector: str = "",
    label: str,
    tags: Mapping[str, str],
    partition: str = "",
    config: str = "",
) -> RunPlan:
    """A run of what is selected now.

    Args:
        workspace: The open project.
        select: dbt's selectors, or a selection in Dagster's syntax; empty for everything.
        exclude: dbt's selectors.
        selector: The name of a selector of selectors.yml, in place of the two.
        label: For titles.
        tags: Of the run.
        partition: The partition that is made.
        config: Settings of functions and resources, as JSON; empty for none.

    Raises:
        SelectionError: when nothing is selected, or there is no such partition.
        EngineError: without an engine.
    """
    lookup = DbtLookup(workspace.queries)
    chosen = f"selector:{selector}" if selector else select
    found = await lookup.resolve(EVERYTHING if chosen in ("", "*") else chosen)
    if exclude:
        found -= await lookup.resolve(exclude)
    graph = workspace.state.graph
    assets = sorted(found & graph.assets.keys())
    options = workspace.state.project.options
    plan = plan_build(graph, assets or sorted(found), options=options)
    if is_dagster(chosen):
        line = f"dbtree materialize {shlex.quote(chosen)} {options}".strip()
    else:
        words = [f"--selector {selector}" if selector else f"--select {select}"]
        words += [f"--exclude {exclude}"] if exclude else []
        line = " ".join([command_of(plan), *words, options]).strip()
    line = line_of_config(line, config) if config else line
    plan = replace(plan, label=label, dbt_line=line, tags=tuple(tags.items()), config=config)
    if not partition:
        return plan
    given = common_partitions(graph, plan.nodes)
    if given is None:
        raise SelectionError(f"{label} asks for the partition {partition}, and has no partitions.")
    return in_parts(plan, graph, given.partitions, keys_in(given, partition))


def command_of(plan: RunPlan) -> str:
    """The command that builds what a plan does: dbt alone makes no Python assets."""
    return " ".join(plan.dbt_line.split()[:2])


def selection_of(keys: Sequence[str]) -> str:
    """The selection of assets by their keys."""
    return " or ".join(f'key:"{key}"' for key in keys)


async def planned(
    workspace: PlanningWorkspace,
    name: str,
    targets: Sequence[SensorTarget],
    request: RunRequestRow,
    tags: Mapping[str, str],
) -> RunPlan:
    """The run that a sensor, or the function of a schedule, asks for.

    Args:
        workspace: The open project.
        name: Of the sensor or schedule; the run is called so, or as its job.
        targets: What it may have materialized.
        request: The run.
        tags: Of the run.

    Raises:
        SelectionError: when it asks for what it has not.
        EngineError: without an engine.
    """
    named = [one for one in targets if one.job == request.job] if request.job else list(targets)
    target = named[0] if len(named) == 1 else None
    if target is None and (request.job or not request.keys):
        raise SelectionError(_no_target(targets, request.job))
    label = (target.job if target is not None else "") or name
    job = {JOB: target.job} if target is not None and target.job else {}
    said = {**(target.tags if target is not None else {}), **tags, **job, **request.tags}
    config = request.config or (target.config if target is not None else "")
    if request.run_key:
        said["dagster/run_key"] = request.run_key
    if request.keys or target is None:
        return await plan_of(
            workspace, select=selection_of(request.keys), label=label, tags=said,
            partition=request.partition, config=config,
        )  # fmt: skip
    return await plan_of(
        workspace, select=target.select, exclude=target.exclude, selector=target.selector,
        label=label, tags=said, partition=request.partition, config=config,
    )  # fmt: skip


def _no_target(targets: Sequence[SensorTarget], job: str) -> str:
    if not targets:
        return "It has no job and no asset_selection, and its RunRequest names no assets."
    names = ", ".join(one.job for one in targets if one.job) or "none"
    if job:
        return f"Its RunRequest asks for the job {job!r}; it has {names}."
    return f"It has several jobs: its RunRequest has to say which by job_name ({names})."
