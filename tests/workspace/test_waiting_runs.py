"""A key is never lost: runs that are asked for while dbt is not ready start when it is."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.test_run_nodes import write_project
from tests.waits import PATIENCE
from tests.workspace.conftest import OpenWorkspace
from tui.graph import AssetGraph
from tui.project.project import find_project
from tui.runs.plan import Scope, plan_build
from tui.workspace.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def units(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    workspace = Workspace(find_project(write_project(tmp_path_factory.mktemp("waiting"))))
    workspace.restore()
    yield OpenWorkspace(workspace)
    await workspace.close(runs="cancel")


async def test_all_asked_for_before_dbt_has_read_anything_starts_by_itself(
    units: OpenWorkspace,
) -> None:
    everything = plan_build(AssetGraph(provisional=True), (), Scope.ALL)
    run_id = units.workspace.materialize(everything)
    assert units.state.waits_for_dbt
    assert units.state.notice == "all: queued · waiting for dbt"
    await units.workspace.open()
    await units.until(lambda state: not state.queue)
    await units.idle()
    run = units.state.runs[0]
    assert (run.run_id, run.status) == (run_id, "success")
    assert {key.split(".")[-1] for key in run.nodes} >= {"raw", "totals", "apart", "doubles"}


async def test_a_run_asked_for_when_the_engine_was_just_killed_waits_for_the_new_one(
    units: OpenWorkspace,
) -> None:
    await units.idle()
    os.kill(units.workspace.engine_pid, signal.SIGKILL)
    run_id = units.workspace.materialize(plan_build(units.state.graph, [units.id_of("apart")]))
    await units.until(lambda state: any(run.run_id == run_id for run in state.runs))
    await units.idle()
    assert (units.state.runs[0].run_id, units.state.runs[0].status) == (run_id, "success")


async def test_a_run_that_waits_for_dbt_is_dropped_with_the_key_that_cancels(
    units: OpenWorkspace,
) -> None:
    await units.idle()
    before = units.state.runs
    units.workspace.restart_engine()
    run_id = units.workspace.materialize(plan_build(units.state.graph, [units.id_of("apart")]))
    assert units.status("apart") == "queued"
    units.workspace.cancel(run_id)
    assert units.state.notice == "apart: removed from the queue"
    await units.idle()
    assert units.state.runs == before


async def test_a_model_that_is_deleted_while_its_run_waits_is_left_out(
    units: OpenWorkspace,
) -> None:
    await units.idle()
    units.workspace.restart_engine()
    both = [units.id_of("apart"), units.id_of("totals")]
    run_id = units.workspace.materialize(plan_build(units.state.graph, both))
    (units.root / "models" / "apart.sql").unlink()
    await units.until(lambda state: any(run.run_id == run_id for run in state.runs))
    await units.idle()
    run = units.state.runs[0]
    assert (run.run_id, run.status) == (run_id, "success")
    assert not any(key.endswith(".apart") for key in run.nodes)
    assert any(key.endswith(".totals") for key in run.nodes)


async def test_what_still_waits_at_the_end_is_recorded(tmp_path: Path) -> None:
    workspace = Workspace(find_project(write_project(tmp_path)))
    workspace.restore()
    run_id = workspace.materialize(plan_build(AssetGraph(provisional=True), (), Scope.ALL))
    await asyncio.wait_for(workspace.close(), PATIENCE)
    again = Workspace(find_project(tmp_path))
    again.restore()
    (run,) = again.state.runs
    assert (run.run_id, run.status) == (run_id, "cancelled")
    assert run.message.startswith("Never started")
    await again.close()
