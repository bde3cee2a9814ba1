"""The schedules of an open project: looked at, turned on and off, ticked, run."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from tui.errors import DbtreeError, RunError
from tui.project.project import Project
from tui.runs.plan import RunPlan, plan_build
from tui.schedules.declarations import schedules_of
from tui.schedules.store import ScheduleStore
from tui.schedules.ticks import Clock, Due, Ticker, system_clock
from tui.schedules.values import Schedule, Tick
from tui.schedules.views import Schedules, ScheduleView
from tui.selection.dagster import is_dagster
from tui.selection.dbt_lookup import DbtLookup, DbtSelector

LOOK = 1.0
"""Seconds between two looks at the clock."""
SHOWN = 20
"""Ticks of a schedule that are shown."""
EVERYTHING = "fqn:*"
BY_SCHEDULE = "dbtree/schedule_name"
"""The tag of a run that a schedule has started."""


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

    @property
    def _store(self) -> ScheduleStore:
        if self._opened is None:
            self._opened = ScheduleStore(self._project.prepare_state_dir())
        return self._opened

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
        if not self._known.views or not state.is_confirmed or not self._target:
            return
        if self._ticker is None:
            self._ticker = Ticker(self._store, self._target, self._now)
        due = self._ticker.due([view.schedule for view in self._known.views])
        for one in due:
            self._begin(self._start(one))
        if due or self._is_outdated():
            self.refresh()

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
        if not schedules and not problems and not self._known.views:
            return
        now = self.clock()
        self._known = Schedules(tuple(self._view(one, now) for one in schedules), problems)
        self._on_change(self._known)

    def _view(self, schedule: Schedule, now: datetime) -> ScheduleView:
        target = self._target
        is_on = self._store.is_on(schedule.name, target, schedule.row.is_on)
        ticks = tuple(self._store.ticks(schedule.name, target, SHOWN))
        return ScheduleView(schedule, is_on, schedule.next_tick(now) if is_on else None, ticks)

    def named(self, name: str) -> Schedule:
        """The schedule of a name. Raises RunError for an unknown one."""
        view = self._known.named(name)
        if view is None:
            names = ", ".join(one.schedule.name for one in self._known.views)
            hint = f"There are: {names}." if names else "This project has no schedules."
            raise RunError(f"There is no schedule {name!r}.", hint=hint)
        return view.schedule

    # -- requests --------------------------------------------------------------------

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a schedule on or off, on the target in use. Raises RunError."""
        schedule = self.named(name)
        self._store.switch(schedule.name, self._target, on=on, now=self.clock().timestamp())
        self.look()

    def run_now(self, name: str) -> None:
        """Start what a schedule runs, whatever the time. Raises RunError."""
        schedule, now = self.named(name), self.clock()
        if self._store.claim(schedule.name, self._target, now.timestamp(), "asked"):
            self._begin(self._start(Due(schedule, now), asked=True))

    async def plan(self, schedule: Schedule) -> RunPlan:
        """What a schedule would run now. Raises SelectionError, or EngineError."""
        lookup, row = DbtLookup(self._workspace.queries), schedule.row
        chosen = f"selector:{row.selector}" if row.selector else row.select
        found = await lookup.resolve(EVERYTHING if chosen in ("", "*") else chosen)
        if row.exclude:
            found -= await lookup.resolve(row.exclude)
        graph = self._workspace.state.graph
        assets = sorted(found & graph.assets.keys())
        options = self._workspace.state.project.options
        plan = plan_build(graph, assets or sorted(found), options=options)
        if is_dagster(chosen):
            line = f"dbtree materialize {shlex.quote(chosen)} {options}".strip()
        else:
            words = [f"--selector {row.selector}" if row.selector else f"--select {row.select}"]
            words += [f"--exclude {row.exclude}"] if row.exclude else []
            line = " ".join(["dbt build", *words, options]).strip()
        tags = ((BY_SCHEDULE, schedule.name),)
        return replace(plan, label=schedule.name, dbt_line=line, tags=tags)

    async def _start(self, due: Due, *, asked: bool = False) -> None:
        """Run one tick, and note what became of it."""
        schedule = due.schedule
        tick = Tick(schedule.name, self._target, due.at.timestamp(), "asked" if asked else "run")
        try:
            await self._workspace.until(
                lambda state: state.is_confirmed and state.phase in ("ready", "gone")
            )
            plan = await self.plan(schedule)
            run_id = self._workspace.materialize(plan)
            tick = replace(tick, run_id=run_id)
            if not run_id:
                tick = replace(tick, status="failed", message="The run could not be started.")
        except DbtreeError as error:
            tick = replace(tick, status="failed", message=error.message)
        with contextlib.suppress(DbtreeError):  # said with the next look
            self._store.settle(tick)
        words = tick.message or ("caught up" if due.is_late else "started")
        self._workspace.notify(f"schedule {schedule.name}: {words}")
        self.refresh()
