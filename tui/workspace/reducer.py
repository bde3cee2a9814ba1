"""The state that follows when something is reported: (state, report) -> state. Pure.

Each function is named for the report. Statuses follow from graph, history and what the runs do;
`with_statuses` computes them once the facts that they follow from are in the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.engine_client.listener import ParseOutcome
from tui.graph import (
    Activity,
    AssetGraph,
    GraphChanges,
    Problem,
    recompute,
    statuses,
    touched,
)
from tui.protocol.messages import EngineReady, ParseProgress
from tui.runs.plan import RunPlan
from tui.runs.values import History, Run
from tui.workspace.state import WorkspaceState

EDIT_SHOWN = 30.0
"""Seconds for which an edit is shown."""


# ------------------------------------------------------------------ the engine


def engine_starting(state: WorkspaceState, *, restart: bool) -> WorkspaceState:
    """A process was started: it has parsed nothing yet."""
    phase = "restarting" if restart else "starting"
    return replace(state, phase=phase, progress=None, has_parsed=False)


def engine_ready(state: WorkspaceState, facts: EngineReady) -> WorkspaceState:
    """The engine has imported dbt and read the project's configuration."""
    project = replace(state.project, defined=facts.defined)
    return replace(state, engine=facts, project=project, phase="parsing")


def engine_restarting(state: WorkspaceState) -> WorkspaceState:
    """The engine is about to be replaced."""
    return replace(state, phase="restarting", progress=None)


def engine_gone(state: WorkspaceState, problem: Problem) -> WorkspaceState:
    """The engine is gone and will not come back."""
    return replace(state, problems=(problem,), phase="gone", progress=None)


# ----------------------------------------------------------------- the parses


def parse_progressed(state: WorkspaceState, progress: ParseProgress) -> WorkspaceState:
    """A long parse went on."""
    return replace(state, progress=progress)


def parse_began(state: WorkspaceState) -> WorkspaceState:
    """Saved files were given to the engine."""
    return replace(state, phase="reparsing") if state.phase == "ready" else state


def parse_failed(state: WorkspaceState, problems: tuple[Problem, ...]) -> WorkspaceState:
    """The project cannot be parsed as it stands: the last good graph stays."""
    return replace(state, problems=problems, phase="ready", progress=None)


def graph_guessed(state: WorkspaceState, graph: AssetGraph) -> WorkspaceState:
    """A provisional graph replaces only an empty one."""
    return state if state.graph else replace(state, graph=graph)


def graph_loaded(state: WorkspaceState, graph: AssetGraph, outcome: ParseOutcome) -> WorkspaceState:
    """A whole graph of dbt's replaces the one before; digests of unchanged code are kept."""
    return replace(_parsed(state, outcome), graph=graph.with_compiled_of(state.graph))


def assets_compiled(state: WorkspaceState, changes: GraphChanges, left: int) -> WorkspaceState:
    """What some assets are compiled to was found out in the background; others are left."""
    if not changes.compiled:
        return replace(state, to_compile=left)
    return replace(state, graph=state.graph.apply(changes), to_compile=left)


def compile_words(state: WorkspaceState, changes: GraphChanges) -> str:
    """What there is to tell of assets that were edited, and now do not compile (or do again)."""
    if state.project.settings["compile_on_save"].value == "false":
        return ""
    for key, found in changes.compiled.items():
        asset = state.graph.assets.get(key)
        if asset is None or key not in state.edited:
            continue
        if found.problem:
            place = f"{found.path}:{found.line}" if found.line else found.path
            reason = found.problem.partition("\n")[0]
            return f"{asset.name} does not compile: {reason} · {place}"
    return ""


def graph_changed(
    state: WorkspaceState, changes: GraphChanges, outcome: ParseOutcome, now: float
) -> WorkspaceState:
    """An edit was parsed at `now` (seconds since the epoch).

    The changes are of dbt's graph, so a graph that dbt has not confirmed is no base for them.
    """
    edited = {key: at for key, at in state.edited.items() if now - at < EDIT_SHOWN}
    if state.is_confirmed:
        edited.update((asset.unique_id, now) for asset in changes.assets)
    return replace(_parsed(state, outcome), graph=_base(state).apply(changes), edited=edited)


def edit_seen(state: WorkspaceState, changes: GraphChanges, now: float) -> WorkspaceState:
    """What an edit changes as far as its files say; dbt still parses, so nothing else changes."""
    if not state.is_confirmed:
        return state
    edited = {key: at for key, at in state.edited.items() if now - at < EDIT_SHOWN}
    edited.update((asset.unique_id, now) for asset in changes.assets)
    return replace(state, graph=state.graph.apply(changes), edited=edited)


def changed_nodes(state: WorkspaceState, changes: GraphChanges) -> set[str] | None:
    """The nodes whose status an edit may change; None for all. `state` is that before the edit."""
    return touched(state.graph, changes) if state.is_confirmed else None


def _base(state: WorkspaceState) -> AssetGraph:
    return state.graph if state.is_confirmed else AssetGraph()


def _parsed(state: WorkspaceState, outcome: ParseOutcome) -> WorkspaceState:
    return replace(
        state, problems=outcome.problems, warnings=outcome.warnings, phase="ready", progress=None,
        is_confirmed=True, has_parsed=True, parsed_in=outcome.elapsed, to_compile=None,
    )  # fmt: skip


# -------------------------------------------------------- runs, targets, statuses


def runs_changed(
    state: WorkspaceState,
    *,
    runs: tuple[Run, ...],
    queue: tuple[RunPlan, ...],
    starting: RunPlan | None,
    history: History,
) -> WorkspaceState:
    """Runs, queue or history are new."""
    return replace(state, runs=runs, queue=queue, starting_plan=starting, history=history)


def target_changed(state: WorkspaceState, graph: AssetGraph | None) -> WorkspaceState:
    """Another target, of which dbt has confirmed nothing yet.

    `graph` is the last one known of it; None keeps the graph of the target before.
    """
    shown = state.graph if graph is None else graph
    return replace(state, graph=shown, is_confirmed=False, problems=(), edited={})


def with_statuses(
    state: WorkspaceState,
    activity: Activity,
    changed: set[str] | None = None,
    busied: Iterable[str] = (),
) -> WorkspaceState:
    """The state with the statuses that follow from it.

    Args:
        state: The state, with its new facts.
        activity: What waits or works now.
        changed: The nodes whose status may be another one; None for all.
        busied: Those of which nothing else changed but whether they wait or are worked on.
    """
    found = (
        statuses(state.graph, state.history, activity)
        if changed is None
        else recompute(state.statuses, state.graph, state.history, activity, changed, busied)
    )
    return replace(state, statuses=found)
