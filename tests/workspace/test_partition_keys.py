"""Partitions that come and go, that read others, and that wait in a pool: one engine, one flow
after the other.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.definitions.written import write
from tests.projects.visits import PROJECT
from tests.workspace.conftest import OpenWorkspace, has_sensors, open_workspace
from tui.engine.process.slots import take_slot
from tui.errors import RunError
from tui.graph.partition_status import PartitionState
from tui.runs.partitioned import BY_POLICY, backfill, root_partitions, states_of
from tui.runs.plan import plan_build
from tui.runs.values import Run
from tui.schedules.sensor_values import Sensor, SensorTick
from tui.workspace.state import WorkspaceState

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root = tmp_path_factory.mktemp("visits")
    write(root, PROJECT)
    (root / "inbox").mkdir()
    async with open_workspace(root, has_sensors) as opened:
        yield opened


def states(shop: OpenWorkspace, name: str, *wanted: PartitionState) -> list[str]:
    state = shop.state
    found = states_of(
        state.graph, f"asset.{name}", state.history, state.statuses, state.runs, state.queue
    )
    return found.of(*wanted) if wanted else list(found.states)


def ticks_of(state: WorkspaceState) -> tuple[SensorTick, ...]:
    view = state.schedules.sensor("new_customers")
    return view.ticks if view is not None else ()


def metadata(run: Run, name: str, label: str) -> str:
    return str(json.loads(run.nodes[f"asset.{name}"].metadata)[label]["value"])


async def makes(shop: OpenWorkspace, names: list[str], keys: list[str]) -> list[Run]:
    """Backfill; the runs, the first one first."""
    graph = shop.state.graph
    plan = plan_build(graph, [f"asset.{name}" for name in names])
    plans = backfill(plan, graph, keys, per_run=BY_POLICY)
    ids = [shop.workspace.materialize(one) for one in plans]
    await shop.idle()
    runs = [shop.workspace.queries.run(run_id) for run_id in ids]
    return [run for run in runs if run is not None]


async def test_keys_are_added_by_hand_and_by_a_sensor_and_by_code_and_deleted(
    shop: OpenWorkspace,
) -> None:
    keys = shop.workspace.partitions
    assert (keys.names(), keys.keys("customers")) == (["customers"], [])
    with pytest.raises(RunError, match="no dynamic partitions 'nobody'"):
        keys.add("nobody", ["x"])
    with pytest.raises(RunError, match=r"'a\.\.\.b' cannot be the key"):
        keys.add("customers", ["a...b"])
    assert keys.add("customers", ["zoe", "zoe"]) == ["zoe"]
    assert states(shop, "letters") == ["zoe"]
    (shop.root / "inbox" / "ada.csv").touch()
    sensor = shop.workspace.schedules.named("new_customers")
    assert isinstance(sensor, Sensor)
    preview = await shop.workspace.schedules.preview(sensor)
    assert preview.partitions == [["add", "customers", ["ada"]]]
    assert keys.keys("customers") == ["zoe"], "to try it out changes nothing"
    shop.workspace.schedules.run_now("new_customers")
    await shop.until(ticks_of)
    (tick,) = ticks_of(shop.state)
    assert (tick.status, tick.message) == ("run", "1 partition added")
    await shop.idle()
    run = shop.workspace.queries.run(tick.run_ids[0])
    assert run is not None
    assert (run.status, run.partitions) == ("success", ("ada",))
    assert metadata(run, "letters", "there") == "['zoe', 'ada', 'bob']"
    assert states(shop, "letters", PartitionState.MADE) == ["ada"]
    await shop.until(lambda state: state.partition_keys is not None)
    assert keys.delete("customers", ["zoe", "nobody"]) == ["zoe"]
    assert states(shop, "letters") == ["ada", "bob"]


async def test_a_function_of_a_pool_waits_for_its_place(shop: OpenWorkspace) -> None:
    graph = shop.state.graph
    plan = backfill(plan_build(graph, ["asset.letters"]), graph, ["ada"], per_run=1)[0]
    with take_slot(shop.state.project.state_dir, "pool files", 1, "a3f1", lambda _: None):
        run_id = shop.workspace.materialize(plan)
        state = await shop.until(lambda state: state.active and state.active.status == "waiting")
        assert state.active is not None
        assert state.active.waiting_for == "run a3f1 in the pool files (limit 1)"
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    assert (run.status, run.waited > 0) == ("success", True)


async def test_partitions_follow_what_they_read(shop: OpenWorkspace) -> None:
    """A backfill makes first what is read, and what reads it is stale when it is made again."""
    root = root_partitions(shop.state.graph, ["asset.visits", "asset.trend", "asset.week"])
    assert root is not None
    assert root[0].nodes == ("asset.visits",)
    runs = await makes(shop, ["visits", "trend", "week"], ["2026-01-05", "2026-01-06"])
    assert [(run.label.partition(" ")[0], run.partitions) for run in runs] == [
        ("visits", ("2026-01-05",)), ("visits", ("2026-01-06",)),
        ("trend", ("2026-01-06",)), ("trend", ("2026-01-07",)), ("week", ("2026-01-04",)),
    ]  # fmt: skip
    assert {run.status for run in runs} == {"success"}
    assert metadata(runs[3], "trend", "read") == "2026-01-06"
    assert metadata(runs[4], "week", "read") == "01-04 to 01-11"
    assert states(shop, "trend", PartitionState.STALE) == []
    await makes(shop, ["visits"], ["2026-01-06"])
    assert states(shop, "trend", PartitionState.STALE) == ["2026-01-07"]
    assert states(shop, "week", PartitionState.STALE) == ["2026-01-04"]
    await makes(shop, ["trend"], ["2026-01-07"])
    assert states(shop, "trend", PartitionState.STALE) == []
