"""The sensors of an open project: looked at, evaluated when their interval is over, and the runs
started that they ask for.

Every window, and `dbtree schedules run`, looks at the clock; one of them claims each evaluation in
the store. The user's function is called by the engine, in a child.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple

from tui.errors import DbtreeError, RunError
from tui.protocol.dynamic_partitions import add_keys, delete_keys, keys_path
from tui.protocol.messages import DefinitionsLoaded, SensorEvaluated
from tui.protocol.schedules import ScheduleRow
from tui.protocol.sensors import RunRequestRow, SensorRow, SensorTarget
from tui.runs.directories import run_dir
from tui.schedules.automation import ConditionView, views_of
from tui.schedules.automation_service import AutomationService
from tui.schedules.declarations import sensors_of
from tui.schedules.occurrences import Heard, heard_by
from tui.schedules.outcomes import Outcome, SensingWorkspace
from tui.schedules.planning import BY_SENSOR, planned
from tui.schedules.run_keys import Kept, RunKeys, repeated
from tui.schedules.sensor_store import Remembered, SensorStore
from tui.schedules.sensor_values import Sensor, SensorTick, SensorView
from tui.text.formats import plural
from tui.text.terminal_text import plain_line

NOTHING = "it asked for no run"
SHOWN = 50
"""Ticks of a sensor that are shown."""


class Started(NamedTuple):
    """Runs that were started."""

    run_ids: tuple[str, ...] = ()
    run_key: str | None = None
    """Of the last that has one."""
    problem: str = ""
    """Why the next one could not be; the rest was left."""


class SensorService:
    """The sensors of one project, as one window evaluates them."""

    def __init__(
        self,
        store: Callable[[], SensorStore],
        workspace: SensingWorkspace,
        clock: Callable[[], datetime],
        refresh: Callable[[], None],
    ) -> None:
        """`refresh` is called when something came of an evaluation."""
        self._store = store
        self._workspace = workspace
        self._clock = clock
        self._refresh = refresh
        self._automation = AutomationService(store, workspace)
        self._keys = RunKeys(store, self._run_dir, self._waiting)
        self._evaluating: dict[str, asyncio.Task[None]] = {}
        self._said: dict[str, str] = {}
        """By sensor, the failure that the user was told of last."""
        self._looked: dict[tuple[str, str], float] = {}
        """By sensor and target: when its next evaluation is worth a look at the store."""

    @property
    def _target(self) -> str:
        return str(self._workspace.state.target)

    @property
    def _now(self) -> float:
        return self._clock().timestamp()

    def _run_dir(self, run_id: str) -> Path:
        return run_dir(self._workspace.state.project.state_dir, run_id)

    def _waiting(self) -> set[str]:
        """The runs that wait in this window, or are being started."""
        state = self._workspace.state
        return {plan.run_id for plan in state.queue} | {state.starting}

    def close(self) -> None:
        """Stop what is being evaluated; started runs continue."""
        for task in self._evaluating.values():
            task.cancel()

    # -- what there is -------------------------------------------------------------

    def view(self, row: SensorRow, *, is_on: bool) -> SensorView:
        """A sensor as it is now. Raises RunError."""
        store, target = self._store(), self._target
        known = store.remembered(row.name, target)
        ticks = tuple(store.ticks(row.name, target, SHOWN))
        due = datetime.fromtimestamp(max(known.claimed_at + row.interval, self._now), UTC)
        return SensorView(Sensor(row), is_on, due if is_on else None, ticks, known.cursor or "")

    # -- ticks -----------------------------------------------------------------------

    def tick(self, views: Sequence[SensorView], since: Callable[[str], float]) -> None:
        """Look at the clock once, and evaluate what is due. Raises RunError.

        Args:
            views: The sensors.
            since: From when on a sensor is on, in seconds since the epoch.
        """
        state = self._workspace.state
        if not state.can_start:
            return
        now = self._now
        for view in views:
            key = (view.name, self._target)
            if not view.is_on:
                self._looked.pop(key, None)
                continue
            if view.name in self._evaluating or now < self._looked.get(key, 0.0):
                continue
            interval = max(view.sensor.row.interval, 1)
            if self._store().claim(view.name, self._target, now, interval):
                self._begin(view.sensor, now, since(view.name))
                self._looked[key] = now + interval
            else:
                known = self._store().remembered(view.name, self._target)
                self._looked[key] = max(known.claimed_at + interval, known.claimed_until, now + 1)

    def evaluate_now(self, sensor: Sensor, started_at: float) -> None:
        """Evaluate a sensor whatever the time. Raises RunError while it is being evaluated."""
        now = self._now
        if sensor.name in self._evaluating or not self._store().claim(
            sensor.name, self._target, now, 0.0
        ):
            raise RunError(f"{sensor.name} is being evaluated.")
        self._begin(sensor, now, started_at)

    def _begin(self, sensor: Sensor, now: float, started_at: float) -> None:
        task = asyncio.create_task(self._evaluate(sensor, now, started_at))
        self._evaluating[sensor.name] = task
        task.add_done_callback(lambda _: self._evaluating.pop(sensor.name, None))

    async def _evaluate(self, sensor: Sensor, claimed_at: float, started_at: float) -> None:
        """One evaluation, from the claim to the tick that is written."""
        target, store = self._target, self._store()
        known = store.remembered(sensor.name, target)
        try:
            outcome = await self.outcome(sensor, known, started_at)
        except DbtreeError as error:
            outcome = Outcome("failed", error.message, cursor=known.cursor)
        tick = SensorTick(
            sensor.name, target, claimed_at, outcome.status, outcome.message, outcome.run_ids,
            log=outcome.log, path=outcome.path, line=outcome.line,
        )  # fmt: skip
        with contextlib.suppress(DbtreeError):  # said with the next look
            store.settle(tick, outcome.cursor, outcome.run_key, claimed_at)
        self._say(sensor, outcome)
        self._refresh()

    def _say(self, sensor: Sensor, outcome: Outcome) -> None:
        """Tell the user of runs, and of a failure once."""
        if outcome.status == "failed":
            if self._said.get(sensor.name) != outcome.message:
                self._workspace.notify(f"sensor {sensor.name}: {outcome.message}")
            self._said[sensor.name] = outcome.message
            return
        self._said.pop(sensor.name, None)
        if outcome.run_ids:
            words = f"started {plural(len(outcome.run_ids), 'run')}"
            self._workspace.notify(f"sensor {sensor.name}: {words}")

    async def outcome(self, sensor: Sensor, known: Remembered, started_at: float) -> Outcome:
        """Evaluate a sensor, and start what it asks for. Raises DbtreeError.

        Args:
            sensor: The sensor.
            known: What is remembered of it.
            started_at: When it was turned on, in seconds since the epoch.
        """
        if sensor.is_automation:
            rows = sensors_of(self._workspace.state.definitions)
            sensors = [Sensor(row) for row in rows]
            again = self.closed_on(sensor.name, started_at)
            return await self._automation.outcome(sensor, sensors, known.cursor, self._now, again)
        heard = await self.heard(sensor, known.cursor)
        again = self.closed_on(sensor.name, started_at)
        if heard.nothing and not again:
            return Outcome("skipped", heard.nothing, cursor=heard.cursor)
        if heard.nothing:
            reply = SensorEvaluated(0, cursor=heard.cursor)
        else:
            reply = await self.ask(sensor, known, started_at, heard)
        log = tuple(map(plain_line, reply.log))
        if reply.problem:
            return Outcome("failed", plain_line(reply.problem), cursor=known.cursor, log=log,
                           path=reply.path, line=reply.line)  # fmt: skip
        changed = self._change_partitions(reply.partitions)
        requests = [RunRequestRow(*row) for row in reply.requests]
        cursor = heard.cursor if heard.keeps_cursor else reply.cursor
        tags = {**sensor.row.tags, BY_SENSOR: sensor.name}
        started, run_key, problem = await self.start(
            sensor.name, sensor.targets, requests, tags, again
        )
        if problem:
            return Outcome("failed", problem, started, known.cursor, run_key, log)
        if started:
            more = len(requests) + len(again) - len(started)
            known_already = f"{plural(more, 'run key')} known already" if more else ""
            words = " · ".join(filter(None, (changed, repeated(again), known_already)))
            return Outcome("run", words, started, cursor, run_key, log)
        if requests:
            return Outcome("skipped", "its run keys have their runs", cursor=cursor, log=log)
        if changed:
            return Outcome("done", changed, cursor=cursor, log=log)
        if reply.heard:
            words = f"called for {plural(reply.heard, 'run')}"
            return Outcome("done", words, cursor=cursor, log=log)
        return Outcome("skipped", plain_line(reply.skipped) or NOTHING, cursor=cursor, log=log)

    def _change_partitions(self, requests: Sequence[Sequence[Any]]) -> str:
        """Add and delete keys of dynamic partitions; what came of it, in words. Raises RunError."""
        state = self._workspace.state
        path = keys_path(state.project.state_dir, state.target)
        added = deleted = 0
        try:
            for action, name, keys in requests:
                if action == "add":
                    added += len(add_keys(path, name, keys))
                else:
                    deleted += len(delete_keys(path, name, keys))
        except OSError as error:
            raise RunError(
                f"The keys of partitions cannot be written: {error.strerror}."
            ) from error
        told = ((added, "added"), (deleted, "deleted"))
        return " · ".join(f"{plural(count, 'partition')} {word}" for count, word in told if count)

    def closed_on(self, name: str, since: float) -> list[Kept]:
        """What a sensor or schedule asked for, and dbtree was closed while it waited: its runs are
        to be made after all. Raises RunError.
        """
        return self._keys.closed_on(name, self._target, since)

    async def heard(self, sensor: Sensor, cursor: str | None) -> Heard:
        """What a sensor hears of now. Raises SelectionError."""
        jobs = self._jobs(self._workspace.state.definitions)
        return await heard_by(self._workspace, sensor, cursor, self._now, jobs)

    async def ask(
        self, sensor: Sensor, known: Remembered, started_at: float, heard: Heard
    ) -> SensorEvaluated:
        """Have its function called. Raises EngineError."""
        queries: Any = self._workspace.queries
        reply: SensorEvaluated = await queries.evaluate_sensor(
            sensor.name, cursor=known.cursor, last_at=known.ended_at or None,
            last_run_key=known.run_key, started_at=started_at,
            occurrences=[list(one) for one in heard.occurrences], monitored=list(heard.keys),
        )  # fmt: skip
        return reply

    @staticmethod
    def _jobs(definitions: DefinitionsLoaded | None) -> dict[str, str]:
        """Which job the schedules run: by their names, which their runs have."""
        rows = definitions.schedules if definitions else []
        return {row.name: row.job for row in starmap(ScheduleRow, rows) if row.job}

    async def start(
        self,
        name: str,
        targets: Sequence[SensorTarget],
        requests: Sequence[RunRequestRow],
        tags: Mapping[str, str],
        again: Sequence[Kept] = (),
    ) -> Started:
        """Start runs, those whose run key had one left out; as far as all goes well.

        Args:
            name: Of the sensor or schedule.
            targets: What it may have materialized.
            requests: The runs.
            tags: Of each.
            again: Those that come first: dbtree was closed while they waited.
        """
        store, target = self._store(), self._target
        started: list[str] = []
        run_key = None
        self._keys.settle(name, target, self._now)
        kept = ((RunRequestRow(*one.request), one.run_id) for one in again)
        for request, before in [*kept, *((one, "") for one in requests)]:
            key = request.run_key
            if before:
                store.forget_request(name, target, before)
            if key and not store.reserve(name, target, key, self._now):
                continue
            problem = ""
            try:
                plan = await planned(self._workspace, name, targets, request, tags)
                run_id = self._workspace.materialize(plan)
                problem = "" if run_id else "The run could not be started."
            except DbtreeError as error:
                run_id, problem = "", error.message
            except BaseException:  # the window closes meanwhile
                if key:
                    store.release(name, target, key)
                raise
            if problem:
                if key:
                    store.release(name, target, key)
                return Started(tuple(started), run_key, problem)
            if key:
                store.note_run(name, target, key, run_id)
            store.keep_request(name, target, run_id, request, self._now)
            started.append(run_id)
            run_key = key or run_key
        return Started(tuple(started), run_key)

    def conditions(self, name: str) -> list[ConditionView]:
        """What came of a sensor's automation conditions at its latest tick. Raises RunError."""
        return views_of(self._store().conditions(name, self._target))

    async def preview(self, sensor: Sensor, started_at: float) -> SensorEvaluated:
        """Call its function as the next evaluation would, and start nothing. Raises DbtreeError."""
        if sensor.is_automation:
            raise RunError("What evaluates conditions has no function to try out: evaluate it.")
        known = self._store().remembered(sensor.name, self._target)
        heard = await self.heard(sensor, known.cursor)
        if heard.nothing:
            return SensorEvaluated(0, skipped=heard.nothing, cursor=known.cursor)
        return await self.ask(sensor, known, started_at, heard)
