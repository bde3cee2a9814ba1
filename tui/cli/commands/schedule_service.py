"""`dbtree schedules run`: ticks schedules and sensors in the foreground, as a service; `--status`
says how it is.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import UTC, datetime

from tui.cli import console
from tui.cli.automation_records import tick_record, time_words
from tui.errors import DbtreeError, RunError
from tui.project.project import Project
from tui.schedules.instance import (
    ServiceRecord,
    all_records,
    only_instance,
    own_record,
    read_record,
    write_record,
)
from tui.schedules.sensor_values import SensorTick
from tui.schedules.service import SHOWN
from tui.schedules.values import Tick
from tui.text.formats import human_age, plural
from tui.workspace.state import WorkspaceState
from tui.workspace.workspace import Workspace

BEAT = 10.0
"""Seconds between two words of the service."""


async def run_schedules(project: Project, *, as_json: bool) -> int:
    """Tick schedules and sensors in the foreground, until SIGINT or SIGTERM.

    Raises:
        DbtreeError: when it may not, or a service of the target runs already.
    """
    if project.readonly:
        raise RunError("This project is open read-only: schedules do not run.")
    workspace = Workspace(project)
    workspace.launch()
    workspace.restore()
    service = _Service(workspace, as_json)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, service.stopped.set)
    with service.instance:
        try:
            service.be_the_only_one(workspace.state)
            workspace.subscribe(service.follow)
            await workspace.open()
            beating = asyncio.create_task(service.beat())
            await service.stopped.wait()
            beating.cancel()
        finally:
            with suppress(Exception):  # what goes on is not this program's to end
                await workspace.close()
    if service.error is not None:
        raise service.error
    return console.OK


def status(project: Project, *, as_json: bool) -> int:
    """Print how the service is: of the target that is given, else of all.

    Returns:
        0 where all are well, 1 where one is not, 2 where none runs.
    """
    state_dir, now = project.state_dir, time.time()
    named = read_record(state_dir, project.target) if project.target else None
    found = ([named] if named else []) if project.target else all_records(state_dir)
    if as_json:
        console.write_json([asdict(one) | {"trouble": one.trouble(now) or None} for one in found])
    elif not found:
        words = f" for {project.target}" if project.target else ""
        console.stderr().write(f"`dbtree schedules run` does not run{words}.")
    for one in [] if as_json else found:
        console.stdout().write(_in_words(one, now))
    if not any(one.is_running for one in found):
        return console.COULD_NOT
    return console.FAILED if any(one.trouble(now) for one in found) else console.OK


def _in_words(one: ServiceRecord, now: float) -> str:
    on = "is starting" if one.on is None else f"runs well, {one.on} on"
    words = one.trouble(now) or on
    age = human_age(max(now - one.began_at, 0.0))
    return f"{one.target}: {words} (process {one.pid}, begun {age})"


class _Service:
    """The service that goes on: alone on its target, says each tick once, and how it is."""

    def __init__(self, workspace: Workspace, as_json: bool) -> None:
        self.stopped = asyncio.Event()
        self.instance = ExitStack()
        """Holds the lock for as long as it goes on."""
        self.error: DbtreeError | None = None
        self._workspace = workspace
        self._teller = _Teller(as_json)
        self._target = ""
        self._began_at = time.time()
        self._said: tuple[str, int | None] = ("", 0)

    def be_the_only_one(self, state: WorkspaceState) -> None:
        """Take the lock as soon as the target is known. Raises RunError where it is taken."""
        if self._target or not state.target:
            return
        self.instance.enter_context(only_instance(state.project.prepare_state_dir(), state.target))
        self._target = state.target
        self._say_how_it_is()

    def follow(self, state: WorkspaceState) -> None:
        """Take in what is new."""
        try:
            self.be_the_only_one(state)
        except DbtreeError as error:
            self.error = error
            self.stopped.set()
            return
        self._teller.tell(state)
        if self._condition() != self._said:
            self._say_how_it_is()

    async def beat(self) -> None:
        """Say how it is, again and again."""
        while True:
            self._say_how_it_is()
            await asyncio.sleep(BEAT)

    def _say_how_it_is(self) -> None:
        if not self._target:
            return
        self._said = problem, on = self._condition()
        record = own_record(self._target, self._began_at, problem=problem, on=on)
        write_record(self._workspace.state.project.state_dir, record)

    def _condition(self) -> tuple[str, int | None]:
        """Why it cannot tick, and how many schedules and sensors are on; None until it knows."""
        state = self._workspace.state
        problem = state.problems[0].message.partition("\n")[0] if state.problems else ""
        if state.phase == "gone":
            problem = problem or "The dbt engine has ended."
        is_known = state.is_confirmed and (
            state.project.definitions is None or state.definitions is not None
        )
        return problem, sum(view.is_on for view in state.schedules.all) if is_known else None


class _Teller:
    """Says each tick once: a line of words, or of JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._told: dict[tuple[str, float], Tick | SensorTick] = {}
        self._words: set[str] = set()
        self._waits = False

    def tell(self, state: WorkspaceState) -> None:
        """Say what is new."""
        for problem in (*state.problems, *state.schedules.problems):
            if problem.message not in self._words:
                self._words.add(problem.message)
                console.stderr().write_lines(problem.message)
        known = state.schedules
        if not self._waits and state.is_confirmed and known.all:
            self._waits = True
            on = sum(view.is_on for view in known.all)
            counted = plural(len(known.views), "schedule")
            if known.sensors:
                counted += f" and {plural(len(known.sensors), 'sensor')}"
            console.stderr().write(f"{counted}: {on} on for {state.target}.")
            self._told = {(v.name, t.at): t for v in known.all for t in v.ticks}
        for view in known.all:
            ticks: tuple[Tick | SensorTick, ...] = view.ticks
            missed: list[Tick | SensorTick] = []
            for tick in reversed(ticks):
                key = (view.name, tick.at)
                if tick.status == "claimed" or not self._is_news(self._told.get(key), tick):
                    continue
                self._told[key] = tick
                if tick.status == "missed" and not self._as_json:
                    missed.append(tick)
                else:
                    self._say_missed(view.name, missed, are_all=len(ticks) < SHOWN)
                    missed = []
                    self._say(view.name, tick)
            self._say_missed(view.name, missed, are_all=len(ticks) < SHOWN)

    @staticmethod
    def _is_news(told: Tick | SensorTick | None, tick: Tick | SensorTick) -> bool:
        """Whether it was not said; that a sensor skips once more is none."""
        if isinstance(tick, SensorTick):
            return told is None
        return told != tick

    def _say(self, name: str, tick: Tick | SensorTick) -> None:
        if self._as_json:
            console.write_json(tick_record(tick))
            return
        runs = " ".join(tick.run_ids) if isinstance(tick, SensorTick) else tick.run_id
        where = f"{tick.path}:{tick.line}: " if isinstance(tick, SensorTick) and tick.path else ""
        self._write(tick.at, name, tick.status, f"{where}{tick.message}" if tick.message else runs)

    def _say_missed(self, name: str, missed: Sequence[Tick | SensorTick], *, are_all: bool) -> None:
        """Say in one line which ticks of a schedule nobody was there for, the oldest first."""
        if not missed:
            return
        words = ""
        if len(missed) > 1 or not are_all:
            last = time_words(datetime.fromtimestamp(missed[-1].at, UTC).astimezone())
            least = "" if are_all else "at least "
            words = f"{least}{plural(len(missed), 'tick')}, the last {last}"
        self._write(missed[0].at, name, "missed", words)

    @staticmethod
    def _write(at: float, name: str, status: str, words: str) -> None:
        when = time_words(datetime.fromtimestamp(at, UTC).astimezone())
        said = filter(None, (when, name, status, console.one_line(words)))
        console.stdout().write("  ".join(said))
