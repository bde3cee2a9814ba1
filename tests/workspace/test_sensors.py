"""Sensors of an open project, from a file that appears to the run that it starts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from typing import Any

import pytest
import pytest_asyncio

from tests.projects.parsed import copy_parsed_demo
from tests.waits import PATIENCE
from tests.workspace.conftest import OpenWorkspace, has_sensors, open_workspace
from tui.runs.directories import run_dir
from tui.runs.plan import plan_build
from tui.runs.queue_files import CLOSED, LOG, note_waiting, record_never_started
from tui.schedules.sensor_values import SensorView
from tui.workspace.state import WorkspaceState

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENSORS = "definitions/corner_shop_definitions/sensors.py"
CONDITIONS = "default_automation_condition_sensor"
DEFINITIONS = "definitions/corner_shop_definitions/definitions.py"
MODULE = '''
    """What starts runs by itself."""

    from pathlib import Path

    from dbtree import (
        AssetKey, AutomationCondition, DagsterRunStatus, RunRequest, SkipReason, asset,
        asset_sensor, define_asset_job, run_status_sensor, schedule, sensor,
    )

    INBOX = Path(__file__).parent / "inbox"
    seeds = define_asset_job("seeds", "raw_supplies")


    @sensor(job=seeds, minimum_interval_seconds=10)
    def new_files(context):
        """A file in the inbox loads the supplies."""
        found = sorted(path.name for path in INBOX.glob("*.csv"))
        if not found:
            yield SkipReason("no file in the inbox")
        context.log.info("%d files after %s", len(found), context.cursor)
        if "broken.csv" in found:
            raise ValueError("broken.csv cannot be read")
        for name in found:
            yield RunRequest(run_key=name)
        context.update_cursor(found[-1] if found else context.cursor)


    @asset_sensor(asset_key=AssetKey("raw_supplies"), asset_selection="raw_products")
    def supplies_loaded(context, event):
        return RunRequest(run_key=event.run_id)


    @run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[seeds])
    def after_seeds(context):
        with open(INBOX / "heard", "a") as file:
            file.write(context.dagster_run.run_id + chr(10))


    @asset(deps=["raw/raw_supplies"], automation_condition=AutomationCondition.eager())
    def count():
        """Counts the supplies."""


    @schedule("0 6 * * *", job=seeds)
    def mornings(context):
        day = context.scheduled_execution_time.date()
        return RunRequest() if day.day == 2 else SkipReason(f"not on {day}")
'''


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 5, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sensing(
    tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> AsyncIterator[OpenWorkspace]:
    root = copy_parsed_demo(tmp_path_factory.mktemp("sensing") / "shop")
    (root / SENSORS).write_text(dedent(MODULE))
    (root / SENSORS).with_name("inbox").mkdir()
    definitions = root / DEFINITIONS
    text = definitions.read_text().replace("schedules=", "sensors=SENSORS, schedules=TIMES + ", 1)
    text = text.replace("assets=[", "assets=[count, ", 1)
    names = "after_seeds, count, mornings, new_files, supplies_loaded"
    head = f"from corner_shop_definitions.sensors import {names}\n"
    body = "SENSORS, TIMES = [new_files, supplies_loaded, after_seeds], [mornings]\n"
    definitions.write_text(text.replace("\ndefs =", f"\n{head}{body}defs =", 1))
    async with open_workspace(root / "definitions", has_sensors, clock=clock) as opened:
        yield opened


def view(opened: OpenWorkspace, name: str) -> SensorView:
    found = opened.state.schedules.sensor(name)
    assert found is not None
    return found


def ticks_of(state: WorkspaceState, name: str) -> Sequence[Any]:
    return next(view.ticks for view in state.schedules.all if view.name == name)


async def ticked(opened: OpenWorkspace, clock: Clock, name: str, **much: float) -> SensorView:
    """The sensor after a tick that was due when so much time had passed."""
    clock.at += timedelta(**much)
    opened.workspace.schedules.tick()
    # One that another wait has started before may end only now: it is not of this moment.
    await opened.until(
        lambda state: any(tick.latest >= clock.at.timestamp() for tick in ticks_of(state, name))
    )
    await opened.idle()
    return view(opened, name)


async def test_sensors_are_off_until_they_are_turned_on(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    sensors = sensing.state.schedules.sensors
    assert [one.name for one in sensors] == [
        "after_seeds", CONDITIONS, "new_files", "supplies_loaded",
    ]  # fmt: skip
    assert not any(one.is_on for one in sensors)
    clock.at += timedelta(hours=-1)
    sensing.workspace.schedules.tick()
    assert view(sensing, "new_files").ticks == ()


async def test_a_file_that_appears_starts_a_run_once(sensing: OpenWorkspace, clock: Clock) -> None:
    schedules = sensing.workspace.schedules
    for name in ("new_files", "after_seeds"):
        schedules.switch(name, on=True)
    idle = await ticked(sensing, clock, "new_files", seconds=1)
    assert [(tick.status, tick.message) for tick in idle.ticks] == [
        ("skipped", "no file in the inbox")
    ]
    assert sensing.state.runs == ()
    (sensing.root / SENSORS).with_name("inbox").joinpath("one.csv").write_text("1\n")
    fired = (await ticked(sensing, clock, "new_files", seconds=11)).ticks[0]
    [run] = sensing.state.runs
    assert (fired.status, fired.run_ids) == ("run", (run.run_id,))
    assert fired.log == ("info: 1 files after None",)
    assert (run.label, run.status) == ("seeds", "success")
    assert sensing.status("raw_supplies") == "fresh"
    again = await ticked(sensing, clock, "new_files", seconds=11)
    assert (again.ticks[0].status, again.cursor) == ("skipped", "one.csv")
    assert again.ticks[0].message == "its run keys have their runs"
    assert len(sensing.state.runs) == 1


async def test_a_run_that_ended_is_heard_of_and_an_asset_that_was_materialized(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    run = sensing.state.runs[0]
    clock.at = datetime.fromtimestamp(run.finished_at, UTC) + timedelta(seconds=1)
    sensing.workspace.schedules.switch("supplies_loaded", on=True)
    fired = (await ticked(sensing, clock, "supplies_loaded", seconds=40)).ticks[0]
    assert (fired.status, fired.message) == ("run", "")
    assert sensing.state.runs[0].label == "supplies_loaded"
    heard = (await ticked(sensing, clock, "after_seeds", seconds=40)).ticks
    assert "done" in {tick.status for tick in heard}
    told = (sensing.root / SENSORS).with_name("inbox") / "heard"
    assert told.read_text().split() == [run.run_id]


async def test_what_a_function_raises_is_told_at_its_line_and_the_cursor_stays(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    inbox = (sensing.root / SENSORS).with_name("inbox")
    (inbox / "broken.csv").write_text("")
    failed = await ticked(sensing, clock, "new_files", seconds=60)
    tick = failed.ticks[0]
    line = next(
        number
        for number, text in enumerate((sensing.root / SENSORS).read_text().splitlines(), 1)
        if "raise ValueError" in text
    )
    assert (tick.status, tick.message) == ("failed", "ValueError: broken.csv cannot be read")
    assert (tick.path, tick.line) == (SENSORS, line)
    assert "ValueError: broken.csv cannot be read" in tick.log[-1]
    assert failed.cursor == "one.csv"
    (inbox / "broken.csv").unlink()


async def test_a_sensor_can_be_tried_out_and_nothing_is_started(sensing: OpenWorkspace) -> None:
    runs, cursor = len(sensing.state.runs), view(sensing, "new_files").cursor
    sensor = view(sensing, "new_files").sensor
    reply = await asyncio.wait_for(sensing.workspace.schedules.preview(sensor), PATIENCE)
    assert [request[0] for request in reply.requests] == ["one.csv"]
    # It may tick by itself meanwhile: it has had its runs.
    assert (len(sensing.state.runs), view(sensing, "new_files").cursor) == (runs, cursor)
    assert view(sensing, "new_files").ticks[0].status in ("failed", "skipped")


async def test_a_schedule_with_a_function_skips_and_runs_as_it_says(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    clock.at = datetime(2031, 12, 1, 5, 59, 50, tzinfo=UTC)
    schedules = sensing.workspace.schedules
    schedules.switch("mornings", on=True)

    async def next_tick(at: datetime) -> str:
        clock.at = at
        schedules.tick()
        state = await sensing.until(
            lambda state: [
                tick
                for tick in ticks_of(state, "mornings")
                if tick.status not in ("claimed", "missed") and abs(at.timestamp() - tick.at) < 60
            ]
        )
        await sensing.idle()
        tick = ticks_of(state, "mornings")[0]
        return f"{tick.status} {tick.message}"

    first = datetime(2031, 12, 1, 6, 0, 1, tzinfo=UTC)
    assert await next_tick(first) == "skipped not on 2031-12-01"
    schedules.tick()
    assert await next_tick(first + timedelta(days=1)) == "run "
    assert sensing.state.runs[0].label == "mornings"


async def test_an_eager_asset_is_built_after_what_it_reads_and_says_why(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    workspace = sensing.workspace
    workspace.schedules.switch(CONDITIONS, on=True)
    first = (await ticked(sensing, clock, CONDITIONS, seconds=40)).ticks[0]
    assert (first.status, first.message) == ("skipped", "none of 1 condition is true")
    workspace.materialize(plan_build(sensing.state.graph, [sensing.id_of("raw_supplies")]))
    await sensing.idle()
    fired = (await ticked(sensing, clock, CONDITIONS, seconds=40)).ticks[0]
    assert (fired.status, fired.message) == ("run", "count")
    [run] = [run for run in sensing.state.runs if run.run_id in fired.run_ids]
    assert (list(run.nodes), run.status) == (["asset.count"], "success")
    assert sensing.status("count") == "fresh"
    [view] = workspace.schedules.conditions(CONDITIONS)
    assert (view.asset, view.root.label, view.root.is_true) == ("asset.count", "eager", True)
    again = (await ticked(sensing, clock, CONDITIONS, seconds=40)).ticks[0]
    assert again.status == "skipped"
    [view] = workspace.schedules.conditions(CONDITIONS)
    assert not view.root.is_true


async def test_a_run_that_dbtree_was_closed_on_is_made_though_the_cursor_has_moved(
    sensing: OpenWorkspace, clock: Clock
) -> None:
    inbox = (sensing.root / SENSORS).with_name("inbox")
    inbox.joinpath("broken.csv").unlink(missing_ok=True)
    # What another wait has started has ended, and nothing is due before the clock moves.
    await ticked(sensing, clock, "new_files", seconds=11)
    inbox.joinpath("late.csv").write_text("1\n")
    runs = len(sensing.state.runs)
    fired = (await ticked(sensing, clock, "new_files", seconds=11)).ticks[0]
    assert fired.status == "run", fired
    await sensing.until(lambda state: len(state.runs) == runs + 1)
    # What a window leaves behind that is closed while the run waits in it.
    [first] = fired.run_ids
    directory = run_dir(sensing.state.project.state_dir, first)
    (directory / LOG).unlink()
    note_waiting(directory, plan_build(sensing.state.graph, ["seed.corner_shop.raw_supplies"]),
                 project="corner_shop", target="dev")  # fmt: skip
    assert record_never_started(directory, CLOSED)
    for path in inbox.glob("*.csv"):
        path.unlink()  # the function asks for nothing any more
    again = (await ticked(sensing, clock, "new_files", seconds=11)).ticks[0]
    assert (again.status, again.message) == (
        "run", "1 run again: dbtree was closed while it waited"
    )  # fmt: skip
    assert len(again.run_ids) == 1
    quiet = (await ticked(sensing, clock, "new_files", seconds=11)).ticks[0]
    assert (quiet.status, quiet.message) == ("skipped", "no file in the inbox")
