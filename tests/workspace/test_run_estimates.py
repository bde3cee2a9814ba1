"""Runs that go on are estimated from their first nodes to their end, beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.graphs import graph_of
from tui.project.project import Project
from tui.runs.time_left import RunEstimate
from tui.runs.values import NodeRun, Run
from tui.workspace.run_estimates import RunEstimates
from tui.workspace.state import WorkspaceState
from tui.workspace.store import WorkspaceStore

BEGAN = 1000.0


def run_of(status: str, **nodes: NodeRun) -> Run:
    return Run("c0de", status, started_at=BEGAN, threads=1, nodes=nodes)


async def test_an_active_run_is_estimated_and_forgotten_when_it_ends(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    async def durations(unique_ids: Sequence[str]) -> dict[str, float]:
        asked.append(unique_ids)
        return {"a": 4.0, "b": 2.0}

    def publish(found: Mapping[str, RunEstimate]) -> None:
        store.set(estimates=found)

    graph = graph_of("a -> b")
    store = WorkspaceStore(WorkspaceState(Project(tmp_path, "shop"), graph))
    estimates = RunEstimates(lambda: store.state, durations, publish, lambda: BEGAN + 1)
    store.subscribe(estimates.follow)

    going = run_of("running", a=NodeRun("a", "running", BEGAN), b=NodeRun("b", "queued"))
    store.set(runs=(going,))
    state = await asyncio.wait_for(store.until(lambda state: bool(state.estimates)), 20)
    assert state.estimates["c0de"].seconds_left(BEGAN + 1) == 5.0
    assert state.estimates["c0de"].path.nodes == ("a", "b")

    done = {"a": NodeRun("a", "success", BEGAN, BEGAN + 1, 1.0)}
    store.set(runs=(replace(going, nodes={**going.nodes, **done}),))
    await asyncio.wait_for(
        store.until(lambda state: state.estimates["c0de"].ends_at < BEGAN + 5), 20
    )
    store.set(runs=(replace(going, status="success"),))
    await asyncio.wait_for(store.until(lambda state: not state.estimates), 20)
    assert asked == [("a", "b")]
    estimates.close()
    store.close()


async def test_a_run_that_is_told_of_after_the_end_is_not_estimated(tmp_path: Path) -> None:
    """What closes is reported too; the index is closed by then."""

    async def durations(unique_ids: Sequence[str]) -> dict[str, float]:
        raise AssertionError("the index is closed")

    state = WorkspaceState(Project(tmp_path, "shop"), graph_of("a -> b"))
    estimates = RunEstimates(lambda: state, durations, lambda found: None, lambda: BEGAN)
    estimates.close()
    before = asyncio.all_tasks()
    estimates.follow(replace(state, runs=(run_of("running", a=NodeRun("a", "queued")),)))
    assert asyncio.all_tasks() == before
