"""`dbtree materialize`: build what a selector matches, and report progress.

Progress goes to stderr, one line per node; with `--json` stdout gets the run's events as they come.
Ctrl-C asks the run to stop, a second one kills it.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from tui.cli import console
from tui.cli.junit import write_junit
from tui.cli.opened_workspace import parsed_workspace, selected
from tui.cli.run_progress import RunProgress
from tui.cli.run_stream import RunStream
from tui.errors import EngineError, RunError, SelectionError
from tui.graph import AssetGraph
from tui.graph.partition_status import are_batches, partitioned_assets
from tui.project.project import Project
from tui.protocol.messages import Refused
from tui.protocol.processes import is_alive
from tui.protocol.records import DECLARED
from tui.runs.cancellation import ask_to_stop, kill
from tui.runs.directories import new_run_id, release_run_id, run_dir
from tui.runs.follower import RunFollower
from tui.runs.partitioned import common_partitions, in_parts, keys_in
from tui.runs.plan import RUN_BY_BUILD, RunPlan, Scope, plan_build
from tui.runs.run_config import configured, read, resources_in, rows_for
from tui.runs.run_options import (
    RunOptions,
    deferring_flags,
    event_time_problem,
    missing_in,
    sample_problem,
)
from tui.runs.run_request import request_of
from tui.runs.values import Run
from tui.selection.dbt_lookup import is_ours
from tui.workspace.api import WorkspaceApi

NO_OPTIONS = RunOptions()
STOPS = (signal.SIGINT, signal.SIGTERM)
GONE_CHECK = 0.02
"""Seconds between two looks whether the process of a run that is over has gone."""


async def materialize(
    project: Project,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    options: RunOptions = NO_OPTIONS,
    detach: bool = False,
    as_json: bool = False,
    junit: str = "",
    partition: str = "",
    partition_range: str = "",
    config: str = "",
    tags: Sequence[tuple[str, str]] = (),
) -> int:
    """Start one run, and follow it unless it is detached.

    Args:
        project: What is built.
        select: dbt selectors; without any, everything.
        exclude: dbt selectors of what is left out.
        options: Of this run; what it leaves out is in `exclude`.
        detach: Whether the run is left alone once it has started.
        as_json: Whether stdout gets the events of the run.
        junit: A file that gets the results as JUnit XML, or empty.
        partition: The key of the partition to make, of what has any.
        partition_range: The first and the last of several, in its place: `A...B`.
        config: Settings of functions of Python definitions: a file, or YAML; empty for none.
        tags: Of the run.

    Raises:
        DbtreeError: when the project cannot be parsed, nothing is selected, or the run cannot
            be started.
    """
    if junit and detach:
        raise RunError("--junit needs the run's results: it cannot be used with --detach.")
    if project.readonly:
        raise RunError("This project is open read-only: runs are disabled.")
    async with parsed_workspace(project) as workspace:
        _expect_known(options, workspace)
        plan = await planned(workspace, select, exclude, options)
        plan = of_partitions(plan, workspace.state.graph, partition, partition_range)
        plan = replace(with_settings(workspace, plan, config), tags=tuple(tags))
        plan, pid = await start(workspace, plan)
        if detach:
            _print_detached(plan, as_json=as_json)
            return console.OK
        stream = RunStream(console.write_line) if as_json else None
        run = await follow(workspace, plan, pid, stream)
    if stream is not None:
        stream.end(run)
    if junit:
        write_junit(run, Path(junit))
    return exit_code(run)


async def planned(
    workspace: WorkspaceApi,
    select: Sequence[str],
    exclude: Sequence[str],
    options: RunOptions = NO_OPTIONS,
) -> RunPlan:
    """The plan of what dbt selectors match; without any, of everything.

    Raises SelectionError when there is nothing in it that a run builds or checks.
    """
    nodes = None
    if select or exclude:
        nodes = await selected(workspace, select, exclude, command="build")
    return _plan_selected(workspace, nodes, select, exclude, options)


def _plan_selected(
    workspace: WorkspaceApi,
    selection: frozenset[str] | None,
    select: Sequence[str],
    exclude: Sequence[str],
    run_options: RunOptions,
) -> RunPlan:
    """The plan of exactly what dbt selected (None: of everything), with the words as typed.

    Raises SelectionError when there is nothing in it that a run builds or checks.
    """
    graph, options = workspace.state.graph, workspace.state.project.options
    if selection is None:
        return plan_build(graph, (), Scope.ALL, options=options, run_options=run_options)
    assets = (
        key
        for key in graph.order
        if key in selection
        and graph.assets[key].resource_type in RUN_BY_BUILD
        and graph.assets[key].materialized != "ephemeral"
    )
    nodes = (*assets, *sorted(selection & graph.checks.keys()))
    typed = " ".join(select) + "".join(f" without {word}" for word in exclude)
    if all(key in graph.assets and graph.assets[key].resource_type in DECLARED for key in nodes):
        raise SelectionError(f"Nothing to materialize matches {typed.strip()}.")
    has_python = any(
        key in graph.assets and graph.assets[key].resource_type == "python" for key in nodes
    )
    is_dbts = not has_python and not any(map(is_ours, (" ".join(select), *exclude)))
    line = ["dbt", "build"] if is_dbts else ["dbtree", "materialize"]
    line += ["--select", *select] if select else []
    line += ["--exclude", *exclude] if exclude else []
    more = run_options.line("build", options)
    dbt_line = " ".join([shlex.join(line), *([more] if more else [])])
    return RunPlan(
        "", "build", nodes, typed.strip(), dbt_line, run_options.full_refresh,
        flags=(*run_options.flags(), *deferring_flags(options)),
    )  # fmt: skip


def _expect_known(options: RunOptions, workspace: WorkspaceApi) -> None:
    """Raise RunError for an option that this dbt does not have, or a value that makes no sense."""
    engine = workspace.state.engine
    version = engine.dbt_version if engine else ""
    used = {"empty": options.empty, "sample": options.sample, "event_time": options.event_start}
    if options.favor_state and not workspace.state.deferral:
        raise RunError("--favor-state needs a state to favor: add --defer WHERE.")
    wrong = [missing_in(version, name) for name, is_set in used.items() if is_set]
    wrong += [
        sample_problem(options.sample),
        event_time_problem(options.event_start, end=options.event_end),
        event_time_problem(options.event_end),
    ]
    if first := next(filter(None, wrong), ""):
        raise RunError(first)


def of_partitions(plan: RunPlan, graph: AssetGraph, partition: str, between: str) -> RunPlan:
    """The plan for the partitions that were named.

    Raises:
        SelectionError: when what it builds has partitions and none was named, or the other way
            round, or there is no such partition.
    """
    is_named = bool(partition or between)
    if not is_named and are_batches(graph, plan.nodes):
        return plan  # dbt chooses them
    given = common_partitions(graph, plan.nodes)
    if given is None:
        if is_named:
            raise SelectionError(f"Nothing in {plan.label} has partitions.")
        return plan
    if not is_named:
        name = partitioned_assets(graph, plan.nodes)[0].name
        hint = "Give --partition KEY or --partition-range A...B, or use `dbtree backfill`."
        raise SelectionError(f"{name} has partitions: which of them?", hint=hint)
    return in_parts(plan, graph, given.partitions, keys_in(given, partition, between))


def with_settings(workspace: WorkspaceApi, plan: RunPlan, config: str) -> RunPlan:
    """The plan with settings as typed.

    Raises:
        SelectionError: for settings that are missing, wrong, or of nothing in the run.
    """
    definitions = workspace.state.definitions
    rows = rows_for(definitions, plan.nodes)
    if not rows and not config:
        return plan
    tree = read(config, rows) if config else {}
    return configured(plan, rows, tree, resources_in(definitions))


def exit_code(run: Run) -> int:
    """0 for a run in which all went well, 1 when something failed or it was stopped, 2 when dbt
    could not run at all.
    """
    return {"success": console.OK, "error": console.COULD_NOT}.get(run.status, console.FAILED)


async def start(workspace: WorkspaceApi, plan: RunPlan) -> tuple[RunPlan, int]:
    """Start the run whatever else runs: where that is in its way, its own process waits. An engine
    that ends before it answers is given one successor.

    Returns the plan with the id of the run, and the id of the run's process.
    """
    project = workspace.state.project
    run_id = new_run_id(project.prepare_state_dir())
    own = replace(plan, run_id=run_id, asked_at=time.time(), threads=project.threads)
    try:
        return own, await _start_twice(workspace, own)
    except BaseException:
        release_run_id(project.state_dir, run_id)
        raise


async def _start_twice(workspace: WorkspaceApi, plan: RunPlan) -> int:
    directory = run_dir(workspace.state.project.state_dir, plan.run_id)
    try:
        return await _ask_to_start(workspace, plan)
    except EngineError:
        release_run_id(workspace.state.project.state_dir, plan.run_id)
        if directory.exists():  # it may have begun
            raise
        await workspace.until(lambda state: state.can_start or state.phase == "gone")
        return await _ask_to_start(workspace, plan)


async def _ask_to_start(workspace: WorkspaceApi, plan: RunPlan) -> int:
    state = workspace.state
    project = state.project
    reply = await workspace.start_run(
        **request_of(
            plan, project, run_dir(project.state_dir, plan.run_id), state.graph, state.history
        ),
        waits_long=not project.settings["lock_wait"].is_set,
    )
    if isinstance(reply, Refused):
        raise RunError(reply.message, path=reply.path, line=reply.line)
    return int(reply.pid)


def _print_detached(plan: RunPlan, *, as_json: bool) -> None:
    if as_json:
        console.write_json({"run_id": plan.run_id, "command": plan.dbt_line})
    else:
        console.stdout().write(plan.run_id)
    console.stderr().write(f"Follow it with: dbtree logs {plan.run_id} -f")


def _until_gone(run: Run) -> None:
    while is_alive(run.pid, run.process_started):
        time.sleep(GONE_CHECK)


class Stopping:
    """Ctrl-C and SIGTERM while runs are started and followed: how often there was one, and what it
    does to the run that goes on.
    """

    def __init__(self) -> None:
        self.count = 0
        self.stop: Callable[[], None] | None = None
        """Stops what goes on, the second time harder."""

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.add_signal_handler(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.remove_signal_handler(number)

    def _ask(self) -> None:
        self.count += 1
        if self.stop is not None:
            self.stop()


async def follow(
    workspace: WorkspaceApi,
    plan: RunPlan,
    pid: int,
    stream: RunStream | None,
    stopping: Stopping | None = None,
) -> Run:
    """Tell of the run until it is over.

    Args:
        workspace: The open project.
        plan: What runs.
        pid: The id of the run's process.
        stream: Gets the run's events.
        stopping: Where the run is one of several: what stops them all.
    """
    if stopping is None:
        with Stopping() as own:
            return await follow(workspace, plan, pid, stream, own)
    directory = run_dir(workspace.state.project.state_dir, plan.run_id)
    progress = RunProgress(console.stderr(), workspace.state.graph, plan)

    def show(run: Run, new: list[Any]) -> None:
        progress.show(run)
        if stream is not None:
            stream.tell(run, new)

    follower = RunFollower(Run(plan.run_id, "running", pid=pid), directory, show)
    asked: list[bool] = []

    def stop() -> None:
        if asked:
            kill(follower.run, directory / "events.jsonl")
        else:
            ask_to_stop(follower.run)
        progress.show_stopping(killed=bool(asked))
        asked.append(True)

    stopping.stop = stop
    if stopping.count:  # since before the run had begun
        stop()
    try:
        run = await follower.follow()
        # After its last event the run writes manifest.json, which whoever comes next may read.
        await asyncio.to_thread(_until_gone, run)
    finally:
        stopping.stop = None
    progress.end(run)
    return run
