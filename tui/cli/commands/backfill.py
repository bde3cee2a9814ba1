"""`dbtree backfill`: make partitions, run after run.

Progress goes to stderr; with `--json` stdout gets one object about the whole at the end. Ctrl-C
asks the run to stop, and no other follows, whatever becomes of that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.cli import console
from tui.cli.commands.materialize import Stopping, follow, planned, start, with_settings
from tui.cli.opened_workspace import final_statuses, parsed_workspace
from tui.errors import RunError, SelectionError
from tui.graph import AssetGraph
from tui.graph.partition_status import PartitionState, PartitionStates, parts_of
from tui.project.project import Project
from tui.runs.partition_groups import groups_of, keys_in_states, plans_of
from tui.runs.partition_reading import Stage, stages_of
from tui.runs.partitioned import (
    BY_POLICY,
    NOT_MADE,
    Partitioned,
    counted,
    keys_in,
    only_partitioned,
    root_partitions,
    states_of,
    together,
    word_of,
)
from tui.runs.partitioned import (
    backfill as runs_of,
)
from tui.runs.plan import RunPlan
from tui.runs.run_config import with_own_config
from tui.runs.values import Run
from tui.text.formats import plural
from tui.workspace.api import WorkspaceApi
from tui.workspace.state import WorkspaceState

NAME_ONE = "Select one of them; without partitions, what is missing of each is made."
ENDS_ALL = frozenset({"cancelled", "interrupted", "error"})
"""Statuses of a run after which no other is started."""


async def backfill(
    project: Project,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    partitions: Sequence[str] = (),
    between: str = "",
    states: Sequence[str] = (),
    per_run: int | None = None,
    limit: int = 0,
    config: str = "",
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Start the runs one after the other, and follow each.

    Args:
        project: What is built.
        select: dbt selectors; without any, everything that has partitions.
        exclude: dbt selectors of what is left out.
        partitions: Keys of the partitions.
        between: The first and the last of several: `A...B`.
        states: Of these (of all, where none was named), only those that are missing, failed or
            stale. Where nothing at all was said, what is missing or failed.
        per_run: How many partitions one run makes; 0 for all that follow each other, None for what
            the backfill policy of the assets says.
        limit: How many runs there are at most; 0 for all.
        config: Settings of functions of Python definitions: a file, or YAML; empty for none.
        dry_run: Whether the runs are only listed.
        as_json: Whether stdout gets what became of it.

    Raises:
        DbtreeError: when the project cannot be parsed, nothing is selected, or a run cannot be
            started.
    """
    if project.readonly and not dry_run:
        raise RunError("This project is open read-only: runs are disabled.")
    async with parsed_workspace(project) as workspace:
        plan = await planned(workspace, select, exclude)
        graph, is_named = workspace.state.graph, bool(partitions or between)
        most = BY_POLICY if per_run is None else per_run or None
        own = with_settings(workspace, only_partitioned(plan, graph), config)
        await final_statuses(workspace)
        if not is_named and len(stages_of(graph, own.nodes)) > 1:
            known = _states(workspace, own.nodes)
            found = _of_groups(own, workspace, [PartitionState(one) for one in states], most)
            chosen, plans = sum(len(one.parts) for one in found), found[: limit or None]
        else:
            stage, given = _root(plan, graph)
            known = _states(workspace, stage.nodes)
            keys = _chosen(given, known, partitions, between, states)
            chosen, plans = len(keys), runs_of(own, graph, keys, per_run=most, limit=limit)
        plans = [with_own_config(one, workspace.state.definitions) for one in plans]
        _announce(plan, plans, chosen, known, word_of(graph, plan.nodes))
        if dry_run:
            _list(plans, as_json=as_json)
            return console.OK
        runs = await _run_all(workspace, plans)
        if as_json:
            console.write_json(_record(plans, runs, workspace, plan))
    done = [run for run in runs if run.status == "success"]
    if any(run.status == "error" for run in runs):
        return console.COULD_NOT
    return console.OK if len(done) == len(plans) else console.FAILED


def _root(plan: RunPlan, graph: AssetGraph) -> tuple[Stage, Partitioned]:
    """The partitions that are chosen, and the assets that have them. Raises SelectionError."""
    try:
        root = root_partitions(graph, plan.nodes)
    except SelectionError as error:
        raise SelectionError(error.message, hint=NAME_ONE) from error
    assert root is not None  # of `only_partitioned`
    return root


def _of_groups(
    plan: RunPlan, workspace: WorkspaceApi, wanted: list[PartitionState], per_run: int | None
) -> list[RunPlan]:
    """The runs for assets of different partitions: of each those in some states."""
    state = workspace.state
    groups = groups_of(state.graph, plan.nodes)
    each = {key: states_of(*_known(state, key)) for key in parts_of(state.graph, plan.nodes)}
    keys = keys_in_states(state.graph, groups, each, wanted or NOT_MADE)
    return plans_of(plan, state.graph, groups, keys, per_run=per_run)


def _known(state: WorkspaceState, unique_id: str) -> tuple[Any, ...]:
    """What `states_of` takes."""
    return state.graph, unique_id, state.history, state.statuses, state.runs


def _states(workspace: WorkspaceApi, nodes: Sequence[str]) -> PartitionStates:
    state = workspace.state
    return together({key: states_of(*_known(state, key)) for key in parts_of(state.graph, nodes)})


def _chosen(
    given: Partitioned,
    known: PartitionStates,
    partitions: Sequence[str],
    between: str,
    states: Sequence[str],
) -> list[str]:
    named = [key for one in partitions for key in keys_in(given, one)]
    named += keys_in(given, between=between) if between else []
    wanted = [PartitionState(one) for one in states]
    if not named:
        return known.of(*(wanted or NOT_MADE))
    of_states = set(known.of(*wanted)) if wanted else set(named)
    return [key for key in dict.fromkeys(named) if key in of_states]


def _announce(
    plan: RunPlan, plans: list[RunPlan], chosen: int, known: PartitionStates, word: str
) -> None:
    words = console.stderr()
    if not plans:
        words.write(f"Nothing to do: {known.share} {word} of {plan.label} are materialized.")
        return
    made, runs = sum(len(one.parts) for one in plans), plural(len(plans), "run")
    left = f"; {counted(chosen - made, word)} left for another time" if chosen > made else ""
    words.write(f"Backfill of {plan.label}: {counted(made, word)} in {runs}{left}")


def _list(plans: list[RunPlan], *, as_json: bool) -> None:
    if as_json:
        console.write_json({"runs": [{"partitions": list(one.parts)} for one in plans]})
        return
    for one in plans:
        console.stdout().write(one.dbt_line)


async def _run_all(workspace: WorkspaceApi, plans: list[RunPlan]) -> list[Run]:
    runs: list[Run] = []
    with Stopping() as stopping:
        for plan in plans:
            if stopping.count or (runs and runs[-1].status in ENDS_ALL):
                left = plural(len(plans) - len(runs), "run")
                console.stderr().write(f"The backfill is stopped: {left} not started.")
                break
            started = await start(workspace, plan)
            runs.append(await follow(workspace, *started, None, stopping))
    return runs


def _record(
    plans: list[RunPlan], runs: list[Run], workspace: WorkspaceApi, plan: RunPlan
) -> dict[str, Any]:
    return {
        "selection": plan.label,
        "partitions": [key for one in plans for key in one.parts],
        "runs": [
            {"run_id": run.run_id, "status": run.status, "partitions": list(one.parts)}
            for run, one in zip(runs, plans, strict=False)  # fewer, where one ended all
        ],
        "not_started": len(plans) - len(runs),
        "target": workspace.state.target,
    }
