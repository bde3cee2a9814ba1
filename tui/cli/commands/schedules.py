"""`dbtree schedules …`: list schedules and sensors, turn them on and off, try them out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from tui.cli import console
from tui.cli.automation_records import record, time_words
from tui.cli.opened_workspace import parsed_workspace
from tui.errors import RunError
from tui.project.project import Project
from tui.protocol.sensors import RunRequestRow
from tui.schedules.condition_words import condition_lines
from tui.schedules.sensor_values import Sensor
from tui.schedules.values import Schedule
from tui.schedules.views import AutomationView
from tui.text.formats import plural
from tui.workspace.api import WorkspaceApi
from tui.workspace.state import WorkspaceState

PREVIEWED = 5
"""Ticks to come that a preview tells."""


@asynccontextmanager
async def _opened(project: Project) -> AsyncIterator[WorkspaceApi]:
    """A workspace that knows its schedules and sensors, and does not tick them."""
    async with parsed_workspace(project) as workspace:
        workspace.schedules.look()
        for problem in workspace.state.schedules.problems:
            console.stderr().write_lines(problem.message)
        yield workspace


async def list_schedules(project: Project, *, as_json: bool) -> int:
    """Print all schedules and sensors with their next tick. Raises DbtreeError."""
    async with _opened(project) as workspace:
        views = workspace.state.schedules.all
        if as_json:
            console.write_json([record(view, workspace.state.target) for view in views])
            return console.OK
        out = console.stdout()
        out.table([_row(out, view) for view in views])
        if not views:
            console.stderr().write("This project has no schedules and no sensors.")
    return console.OK


async def switch(project: Project, name: str, *, on: bool, as_json: bool) -> int:
    """Turn a schedule or sensor on or off. Raises RunError for an unknown one."""
    async with _opened(project) as workspace:
        workspace.schedules.switch(name, on=on)
        view = _view(workspace.state, name)
        if as_json:
            console.write_json(record(view, workspace.state.target))
        else:
            words = f"next tick {time_words(view.next_at)}" if view.next_at else "off"
            console.stdout().write(f"{name} on {workspace.state.target}: {words}")
    return console.OK


async def preview(project: Project, name: str, *, as_json: bool) -> int:
    """Print what a schedule would run, and when; or what a sensor would ask for now.

    Raises DbtreeError.
    """
    async with _opened(project) as workspace:
        found = workspace.schedules.named(name)
        if isinstance(found, Sensor):
            return await _preview_sensor(workspace, found, as_json=as_json)
        return await _preview_schedule(workspace, found, as_json=as_json)


async def _preview_schedule(workspace: WorkspaceApi, schedule: Schedule, *, as_json: bool) -> int:
    plan = await workspace.schedules.plan(schedule)
    ticks = schedule.next_ticks(datetime.now(UTC), PREVIEWED)
    graph = workspace.state.graph
    if as_json:
        console.write_json(
            record(_view(workspace.state, schedule.name), workspace.state.target)
            | {
                "next_ticks": [tick.isoformat() for tick in ticks],
                "command": plan.dbt_line,
                "nodes": list(plan.nodes),
            }
        )
        return console.OK
    out = console.stdout()
    out.write(f"{schedule.in_words}: {schedule.selection}")
    for tick in ticks:
        out.write(f"  {time_words(tick)}")
    out.write(plan.dbt_line)
    for key in plan.nodes:
        node = graph.assets.get(key) or graph.checks.get(key)
        out.write(f"  {node.name if node else key}")
    return console.OK


async def _preview_sensor(workspace: WorkspaceApi, sensor: Sensor, *, as_json: bool) -> int:
    reply = await workspace.schedules.preview(sensor)
    rows = [RunRequestRow(*row) for row in reply.requests]
    if as_json:
        told = {
            "requests": [row._asdict() for row in rows],
            "skipped": reply.skipped or None,
            "cursor": reply.cursor,
            "log": reply.log,
            "problem": reply.problem or None,
            "path": reply.path or None,
            "line": reply.line or None,
        }
        view = _view(workspace.state, sensor.name)
        console.write_json(record(view, workspace.state.target) | {"preview": told})
        return console.FAILED if reply.problem else console.OK
    out = console.stdout()
    out.write(f"{sensor.in_words}: {sensor.selection}")
    for line in reply.log:
        out.write(f"  {console.one_line(line)}")
    if reply.problem:
        where = f"{reply.path}:{reply.line}: " if reply.path else ""
        console.stderr().write(console.one_line(f"{where}{reply.problem}"))
        return console.FAILED
    if not rows:
        out.write(f"It asks for no run: {console.one_line(reply.skipped) or 'it gives no reason'}")
        return console.OK
    out.write(f"It asks for {plural(len(rows), 'run')}:")
    for row in rows:
        said = (row.job, ", ".join(row.keys), row.partition, row.run_key)
        out.write(f"  {'  '.join(filter(None, said)) or 'its target'}")
    return console.OK


async def why(project: Project, name: str, *, as_json: bool) -> int:
    """Print the automation condition of an asset, with what was true at the latest tick.

    Raises DbtreeError.
    """
    async with _opened(project) as workspace:
        state = workspace.state
        graph = state.graph
        found = [
            view
            for sensor in state.schedules.sensors
            if sensor.sensor.is_automation
            for view in workspace.schedules.conditions(sensor.name)
            if view.asset in graph.assets
            and name in (view.asset, graph.assets[view.asset].name, graph.assets[view.asset].key)
        ]
        if not found:
            raise RunError(
                f"No automation condition of {name!r} was evaluated on {state.target}.",
                hint="Turn its sensor on with `dbtree schedules start NAME`.",
            )

        def name_of(key: str) -> str:
            node = graph.assets.get(key) or graph.checks.get(key)
            return node.name if node is not None else key

        for view in found:
            lines = condition_lines(view, name_of)
            if as_json:
                console.write_json([
                    {"depth": line.depth, "is_true": line.node.is_true, "condition": line.words,
                     "true": line.node.true, "candidates": line.node.candidates}
                    for line in lines
                ])  # fmt: skip
                continue
            for line in lines:
                console.stdout().write(line.text)
    return console.OK


def _view(state: WorkspaceState, name: str) -> AutomationView:
    return next(view for view in state.schedules.all if view.name == name)


def _row(out: console.Console, view: AutomationView) -> list[str]:
    return [
        out.style("on", "good") if view.is_on else out.style("off", "dim"),
        view.name,
        view.in_words,
        time_words(view.next_at) if view.next_at else "",
        out.style(view.selection, "dim"),
    ]
