"""The schedules of an open project: looked at, turned on and off, ticked, run; and its sensors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from tui.errors import DbtreeError, RunError
from tui.project.project import Project
from tui.protocol.messages import SensorEvaluated
from tui.protocol.sensors import RunRequestRow, SensorTarget
from tui.runs.plan import RunPlan
from tui.schedules.automation import ConditionView
from tui.schedules.declarations import schedules_of, sensors_of
from tui.schedules.planning import BY_SCHEDULE, JOB, plan_of
from tui.schedules.sensor_service import SensorService
from tui.schedules.sensor_store import SensorStore
from tui.schedules.sensor_values import Sensor
from tui.schedules.store import ScheduleStore
from tui.schedules.ticks import Clock, Due, Ticker, system_clock
from tui.schedules.values import Schedule, Tick
from tui.schedules.views import Schedules, ScheduleView
from tui.selection.dbt_lookup import DbtSelector
from tui.text.formats import plural
from tui.text.terminal_text import plain_line

LOOK = 1.0
"""Seconds between two looks at the clock."""
SHOWN = 20
"""Ticks of a schedule that are shown."""
NOT_STARTED = "The run could not be started."


class SchedulingWorkspace(Protocol):
    """The workspace, as far as schedules need it."""

    @property
    def state(self) -> Any:
        """What is current."""

    @property
    def queries(self) -> DbtSelector:
        """Has dbt resolve selections."""

    async def until(self, is_so: Any) -> Any:
        """Wait until something holds of the state."""

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it; returns its id."""

    def notify(self, words: str) -> None:
        """Say something to the user."""


class ScheduleService:
    """All schedules of one project, as one window sees them."""

    def __init__(
        self,
        project: Project,
        workspace: SchedulingWorkspace,
        on_change: Callable[[Schedules], None],
        clock: Clock = system_clock,
    ) -> None:
        """`on_change` gets the schedules when they, their switches or their ticks are new."""
        self._project = project
        self._workspace = workspace
        self._on_change = on_change
        self.clock = clock
        self._opened: ScheduleStore | None = None
        self._ticker: Ticker | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._starting: set[asyncio.Task[None]] = set()
        self._known = Schedules()
        self._sensors = SensorService(
            lambda: self._sensor_store, workspace, self._now, self.refresh
        )

    @property
    def _store(self) -> ScheduleStore:
        if self._opened is None:
            self._opened = ScheduleStore(self._project.prepare_state_dir())
        return self._opened

    @cached_property
    def _sensor_store(self) -> SensorStore:
        return SensorStore(self._store)

    @property
    def _target(self) -> str:
        return str(self._workspace.state.target)

    # -- life --------------------------------------------------------------------

    def open(self) -> None:
        """Begin to tick. A read-only window never does."""
        self.refresh()
        if not self._project.readonly:
            self._ticking = asyncio.create_task(self._tick())

    def close(self) -> None:
        """Stop ticking; started runs continue."""
        for task in (*self._starting, *([self._ticking] if self._ticking else [])):
            task.cancel()
        self._sensors.close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    async def _tick(self) -> None:
        while True:
            with contextlib.suppress(DbtreeError):
                self.tick()
            await asyncio.sleep(LOOK)

    def tick(self) -> None:
        """Look at the clock once, and start what is due."""
        state = self._workspace.state
        if not self._known.all or not state.is_confirmed or not self._target:
            return
        if self._ticker is None:
            self._ticker = Ticker(self._store, self._target, self._now)
        due = self._ticker.due([view.schedule for view in self._known.views])
        for one in due:
            self._begin(self._start(one))
        self._sensors.tick(self._known.sensors, self._on_since)
        if due or self._is_outdated():
            self.refresh()

    def _on_since(self, name: str) -> float:
        return self._store.since(name, self._target, self.clock().timestamp())

    def _now(self) -> datetime:
        return self.clock()

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _is_outdated(self) -> bool:
        now = self.clock()
        return any(view.next_at is not None and view.next_at <= now for view in self._known.views)

    # -- what there is -------------------------------------------------------------

    def refresh(self) -> None:
        """As `look`, but the user is notified of what cannot be read."""
        try:
            self.look()
        except DbtreeError as error:
            self._workspace.notify(error.message)

    def look(self) -> None:
        """Read schedules, switches and ticks again, and publish them. Raises RunError."""
        state = self._workspace.state
        schedules, problems = schedules_of(self._project, state.definitions)
        sensors = sensors_of(state.definitions)
        if not (schedules or problems or sensors or self._known.all):
            return
        now, target = self.clock(), self._target
        self._known = Schedules(
            tuple(self._view(one, now) for one in schedules),
            problems,
            tuple(
                self._sensors.view(row, is_on=self._store.is_on(row.name, target, row.is_on))
                for row in sensors
            ),
        )
        self._on_change(self._known)

    def _view(self, schedule: Schedule, now: datetime) -> ScheduleView:
        target = self._target
        is_on = self._store.is_on(schedule.name, target, schedule.row.is_on)
        ticks = tuple(self._store.ticks(schedule.name, target, SHOWN))
        return ScheduleView(schedule, is_on, schedule.next_tick(now) if is_on else None, ticks)

    def named(self, name: str) -> Schedule | Sensor:
        """The schedule or sensor of a name. Raises RunError for an unknown one."""
        view = self._known.named(name)
        if view is not None:
            return view.schedule
        sensor = self._known.sensor(name)
        if sensor is not None:
            return sensor.sensor
        names = ", ".join(one.name for one in self._known.all)
        hint = f"There are: {names}." if names else "This project has no schedules and sensors."
        raise RunError(f"There is no schedule or sensor {name!r}.", hint=hint)

    # -- requests --------------------------------------------------------------------

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a schedule or sensor on or off, on the target in use. Raises RunError."""
        self._refuse_guest()
        self._store.switch(self.named(name).name, self._target, on=on, now=self.clock().timestamp())
        self.look()

    def run_now(self, name: str) -> None:
        """Start what a schedule runs, or evaluate a sensor, whatever the time. Raises RunError."""
        self._refuse_guest()
        schedule, now = self.named(name), self.clock()
        if isinstance(schedule, Sensor):
            self._sensors.evaluate_now(schedule, self._on_since(name))
        elif self._store.claim(schedule.name, self._target, now.timestamp(), "asked"):
            self._begin(self._start(Due(schedule, now), asked=True))

    def _refuse_guest(self) -> None:
        if refusal := self._project.guest_refusal:
            raise RunError(refusal)

    async def plan(self, schedule: Schedule, partition: str = "") -> RunPlan:
        """What a schedule would run now. Raises SelectionError, or EngineError."""
        row = schedule.row
        job = {JOB: row.job} if row.job else {}
        return await plan_of(
            self._workspace, select=row.select, exclude=row.exclude, selector=row.selector,
            label=schedule.name, partition=partition, config=row.config,
            tags={**row.tags, **job, BY_SCHEDULE: schedule.name},
        )  # fmt: skip

    def conditions(self, name: str) -> list[ConditionView]:
        """What came of a sensor's automation conditions at its latest tick. Raises RunError."""
        return self._sensors.conditions(self.named(name).name)

    async def preview(self, sensor: Sensor) -> SensorEvaluated:
        """What an evaluation of a sensor would ask for now. Raises DbtreeError."""
        self._refuse_guest()
        return await self._sensors.preview(sensor, self._on_since(sensor.name))

    async def _start(self, due: Due, *, asked: bool = False) -> None:
        """Run one tick, and note what became of it."""
        schedule = due.schedule
        tick = Tick(schedule.name, self._target, due.at.timestamp(), "asked" if asked else "run")
        try:
            await self._workspace.until(
                lambda state: state.is_confirmed and state.phase in ("ready", "gone")
            )
            if schedule.row.is_evaluated:
                tick = await self._evaluated(schedule, due, tick)
            else:
                run_id = self._workspace.materialize(await self.plan(schedule))
                tick = replace(tick, run_id=run_id)
                if not run_id:
                    tick = replace(tick, status="failed", message=NOT_STARTED)
        except DbtreeError as error:
            tick = replace(tick, status="failed", message=error.message)
        with contextlib.suppress(DbtreeError):  # said with the next look
            self._store.settle(tick)
        words = tick.message or ("caught up" if due.is_late else "started")
        self._workspace.notify(f"schedule {schedule.name}: {words}")
        self.refresh()

    async def _evaluated(self, schedule: Schedule, due: Due, tick: Tick) -> Tick:
        """What came of a tick whose function says what is run. Raises DbtreeError."""
        queries: Any = self._workspace.queries
        at = due.at.timestamp()
        reply: SensorEvaluated = await queries.evaluate_sensor(schedule.name, scheduled_at=at)
        if reply.problem:
            where = f" ({reply.path}:{reply.line})" if reply.path else ""
            return replace(tick, status="failed", message=plain_line(f"{reply.problem}{where}"))
        again = self._sensors.closed_on(schedule.name, self._on_since(schedule.name))
        if not reply.requests and not again:
            words = plain_line(reply.skipped) or "it asked for no run"
            return replace(tick, status="skipped", message=words)
        row = schedule.row
        job = {JOB: row.job} if row.job else {}
        target = SensorTarget(
            "", row.select, row.exclude, row.selector, row.config, {**row.tags, **job}
        )
        requests = [RunRequestRow(*one)._replace(job="") for one in reply.requests]
        tags = {BY_SCHEDULE: schedule.name}
        started = await self._sensors.start(schedule.name, [target], requests, tags, again)
        first = started.run_ids[0] if started.run_ids else ""
        more = len(started.run_ids) - 1
        words = started.problem or (f"and {plural(more, 'more run')}" if more > 0 else "")
        if not first and not words:
            return replace(tick, status="skipped", message="its run keys have their runs")
        status = "failed" if started.problem else tick.status
        return replace(tick, status=status, run_id=first, message=words)
