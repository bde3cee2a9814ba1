"""`dbtree schedules …`: list them, turn them on and off, see what they would run, tick them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.errors import RunError
from tui.project.project import Project
from tui.schedules.values import Tick
from tui.schedules.views import ScheduleView
from tui.workspace.api import WorkspaceApi
from tui.workspace.state import WorkspaceState
from tui.workspace.workspace import Workspace

PREVIEWED = 5
"""Ticks to come that a preview tells."""


@asynccontextmanager
async def _opened(project: Project) -> AsyncIterator[WorkspaceApi]:
    """A workspace that knows its schedules, and does not tick them."""
    async with parsed_workspace(project) as workspace:
        workspace.schedules.look()
        for problem in workspace.state.schedules.problems:
            console.stderr().write_lines(problem.message)
        yield workspace


async def list_schedules(project: Project, *, as_json: bool) -> int:
    """Print all schedules with their next tick. Raises DbtreeError."""
    async with _opened(project) as workspace:
        views = workspace.state.schedules.views
        if as_json:
            console.write_json([record(view, workspace.state.target) for view in views])
            return console.OK
        out = console.stdout()
        out.table([_row(out, view) for view in views])
        if not views:
            console.stderr().write("This project has no schedules.")
    return console.OK


async def switch(project: Project, name: str, *, on: bool, as_json: bool) -> int:
    """Turn a schedule on or off. Raises RunError for an unknown one."""
    async with _opened(project) as workspace:
        workspace.schedules.switch(name, on=on)
        view = workspace.state.schedules.named(name)
        assert view is not None
        if as_json:
            console.write_json(record(view, workspace.state.target))
        else:
            words = f"next tick {_time(view.next_at)}" if view.next_at else "off"
            console.stdout().write(f"{name} on {workspace.state.target}: {words}")
    return console.OK


async def preview(project: Project, name: str, *, as_json: bool) -> int:
    """Print the ticks to come, and what a schedule would run. Raises DbtreeError."""
    async with _opened(project) as workspace:
        schedule = workspace.schedules.named(name)
        plan = await workspace.schedules.plan(schedule)
        ticks = schedule.next_ticks(datetime.now(UTC), PREVIEWED)
        graph = workspace.state.graph
        if as_json:
            view = workspace.state.schedules.named(name)
            assert view is not None
            console.write_json(
                record(view, workspace.state.target)
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
            out.write(f"  {_time(tick)}")
        out.write(plan.dbt_line)
        for key in plan.nodes:
            node = graph.assets.get(key) or graph.checks.get(key)
            out.write(f"  {node.name if node else key}")
    return console.OK


async def run_schedules(project: Project, *, as_json: bool) -> int:
    """Tick the schedules in the foreground, until SIGINT or SIGTERM. Raises DbtreeError."""
    if project.readonly:
        raise RunError("This project is open read-only: schedules do not run.")
    workspace = Workspace(project)
    workspace.launch()
    workspace.restore()
    teller = _Teller(as_json)
    workspace.subscribe(teller.tell)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await workspace.open()
    try:
        await stopped.wait()
    finally:
        with suppress(Exception):  # what goes on is not this program's to end
            await workspace.close()
    return console.OK


class _Teller:
    """Says each tick once: a line of words, or of JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._told: dict[tuple[str, float], Tick] = {}
        self._words: set[str] = set()
        self._waits = False

    def tell(self, state: WorkspaceState) -> None:
        """Say what is new."""
        for problem in (*state.problems, *state.schedules.problems):
            if problem.message not in self._words:
                self._words.add(problem.message)
                console.stderr().write_lines(problem.message)
        if not self._waits and state.is_confirmed and state.schedules.views:
            self._waits = True
            on = [view for view in state.schedules.views if view.is_on]
            console.stderr().write(
                f"{len(on)} of {len(state.schedules.views)} schedules are on for {state.target}."
            )
            self._told = {(t.schedule, t.at): t for v in state.schedules.views for t in v.ticks}
        for view in state.schedules.views:
            for tick in reversed(view.ticks):
                key = (tick.schedule, tick.at)
                if tick.status != "claimed" and self._told.get(key) != tick:
                    self._told[key] = tick
                    self._say(tick)

    def _say(self, tick: Tick) -> None:
        if self._as_json:
            console.write_json(tick_record(tick))
        else:
            at = _time(datetime.fromtimestamp(tick.at, UTC).astimezone())
            words = tick.message or tick.run_id or tick.status
            console.stdout().write(f"{at}  {tick.schedule}  {tick.status}  {words}")


def record(view: ScheduleView, target: str) -> dict[str, Any]:
    """A schedule as JSON."""
    schedule = view.schedule
    return {
        "name": schedule.name,
        "cron": schedule.row.cron,
        "cron_in_words": schedule.in_words,
        "timezone": schedule.row.timezone,
        "selection": schedule.selection,
        "target": target,
        "is_on": view.is_on,
        "catch_up": schedule.row.catch_up,
        "next_tick": view.next_at.isoformat() if view.next_at else None,
        "description": schedule.row.description,
        "path": schedule.row.path or None,
        "line": schedule.row.line or None,
        "ticks": [tick_record(tick) for tick in view.ticks],
    }


def tick_record(tick: Tick) -> dict[str, Any]:
    """A tick as JSON."""
    return {
        "schedule": tick.schedule,
        "target": tick.target,
        "at": datetime.fromtimestamp(tick.at, UTC).isoformat(),
        "status": tick.status,
        "run_id": tick.run_id or None,
        "message": tick.message or None,
    }


def _row(out: console.Console, view: ScheduleView) -> list[str]:
    schedule = view.schedule
    return [
        out.style("on", "good") if view.is_on else out.style("off", "dim"),
        schedule.name,
        schedule.in_words,
        _time(view.next_at) if view.next_at else "",
        out.style(schedule.selection, "dim"),
    ]


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M %Z")
