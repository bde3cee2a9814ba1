"""The runs of an open project: requested, waiting, active and recorded.

Every run is followed by its event log, whoever started it, so that two windows on one project see
the same. Where the database has one writer, a run waits in the queue until the one before it is
over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui.errors import DbtreeError, EngineError, RunError
from tui.graph import AssetGraph
from tui.project.project import Project
from tui.protocol import events
from tui.protocol.messages import Refused, RunForked
from tui.runs.activity import Doing, RunActivity
from tui.runs.follower import RunFollower
from tui.runs.log import RunLog
from tui.runs.plan import RunPlan
from tui.runs.queue import RunQueue, full
from tui.runs.queue_files import has_begun
from tui.runs.queued_runs import Waitlist
from tui.runs.run_request import request_of
from tui.runs.store import RunStore
from tui.runs.target_records import TargetRecords
from tui.runs.values import NodeRun, Run

if TYPE_CHECKING:
    from tui.runs.cancellation import Canceller

SHOWN = 200
"""So many runs are kept in memory as summaries."""
SCAN_INTERVAL = 1.0
"""Seconds between two looks for runs that others started."""
BEGINS_WITHIN = 3.0
"""Seconds after the engine's end within which a run that it forked has written its first line."""
LOOK_INTERVAL = 0.05


class RunStarter(Protocol):
    """The engine, as far as runs need it."""

    def start_run(self, **fields: Any) -> Awaitable[RunForked | Refused]:
        """Fork a run. Raises EngineError where there is no engine, or, awaited, where it ends
        meanwhile.
        """


class RunContext(Protocol):
    """What is current when a run is to start."""

    @property
    def graph(self) -> AssetGraph:
        """What runs are resolved against."""

    @property
    def can_start(self) -> bool:
        """Whether a run can be started now."""

    @property
    def single_writer(self) -> bool:
        """Whether two runs on this target would be in each other's way."""


class RunListener(Protocol):
    """Receives what is new about runs, on the loop's thread."""

    def runs_changed(self, nodes: Iterable[str], busied: Iterable[str] = ()) -> None:
        """Runs, queue or history are new. `nodes` are those whose status may be; of the `busied`
        nothing else changed but whether they wait or are worked on.
        """

    def run_ended(self) -> None:
        """A run on this target is over: its process is done with the database."""

    def notify(self, words: str, run_id: str = "") -> None:
        """Say something to the user."""


class RunService:
    """All runs of one project, as one window sees them."""

    def __init__(
        self,
        project: Project,
        starter: RunStarter,
        context: Callable[[], RunContext],
        listener: RunListener,
    ) -> None:
        """`context` gives what is current."""
        self._project = project
        self._starter = starter
        self._context = context
        self._listener = listener
        self._store: RunStore | None = None
        self._runs: dict[str, Run] = {}
        self._followers: dict[str, RunFollower] = {}
        self._following: dict[str, asyncio.Task[None]] = {}
        self._starting: RunPlan | None = None
        self._waiting: tuple[RunPlan, ...] = ()
        self._waiting_nodes: dict[str, Doing] = {}
        self._start: asyncio.Task[None] | None = None
        self._scanning: asyncio.Task[None] | None = None
        self._unwanted: set[str] = set()
        self._logs: dict[str, RunLog] = {}
        self._waitlist = Waitlist(self.run_dir, self._release, listener.notify)
        self.records = TargetRecords(lambda: self.store, listener.runs_changed)

    # -- what is known ------------------------------------------------------

    @property
    def target(self) -> str:
        """The target that runs are started on."""
        return self.records.target

    @cached_property
    def _canceller(self) -> Canceller:
        """Imported when a run is first stopped."""
        from tui.runs.cancellation import Canceller

        return Canceller(self.run_dir, self._listener.notify)

    @property
    def queue(self) -> RunQueue:
        """What waits in this window."""
        return self._waitlist.queue

    def run_dir(self, run_id: str) -> Path:
        """The directory of a run."""
        return self.store.run_dir(run_id)

    def _release(self, run_id: str) -> None:
        self.store.release_run_id(run_id)

    @property
    def store(self) -> RunStore:
        """The index of all runs, opened when it is first needed."""
        if self._store is None:
            self._store = RunStore(self._project.prepare_state_dir())
        return self._store

    @property
    def runs(self) -> tuple[Run, ...]:
        """Newest first."""
        return tuple(sorted(self._runs.values(), key=lambda run: run.started_at, reverse=True))

    @property
    def starting_plan(self) -> RunPlan | None:
        """The run that is being started, None where none is."""
        return self._starting

    @property
    def starting(self) -> str:
        """The id of the run that is being started, empty where none is."""
        return self._starting.run_id if self._starting is not None else ""

    @property
    def is_following(self) -> bool:
        """Whether a run is active, or a finished one is still being written into the index."""
        return bool(self._following)

    def work_on(self, project: Project) -> None:
        """Start the next runs with other settings of the same project."""
        self._project = project

    def restore(self, target: str, *, with_history: bool = True) -> None:
        """Read what earlier runs left for this target: the runs, and what is made of each asset."""
        self.records.target = target
        self.store.sync()
        self.store.note_listed()
        self._runs = {run.run_id: run for run in self.store.runs(SHOWN)}
        # The store knows summaries; the nodes of what goes on are known by who follows it.
        for run_id in self._following:
            self._runs[run_id] = self._followers[run_id].run
        if with_history:
            self.records.restore()
        while self.store.notices:
            self._listener.notify(self.store.notices.pop(0))

    def activity(self) -> RunActivity:
        """What waits or works now."""
        waiting = (*reversed(self.queue.plans), *([self._starting] if self._starting else ()))
        if waiting != self._waiting:  # asked for with each slice of a log: the plans stay the same
            self._waiting, self._waiting_nodes = (
                waiting,
                {
                    key: ("queued", plan.asked_at, plan.run_id)
                    for plan in waiting
                    for key in plan.nodes
                },
            )
        active = [run for run in self._runs.values() if run.is_active and run.target == self.target]
        return RunActivity(self._waiting_nodes, active[::-1])

    def run(self, run_id: str) -> Run | None:
        """One run with all its nodes."""
        known = self._runs.get(run_id)
        if known is not None and (known.is_active or known.nodes):
            return known
        run = self.store.run(run_id)
        if run is not None and run.run_id in self._runs:
            self._runs[run.run_id] = run
        return run

    def defer_waiting(self, options: str, since: float) -> None:
        """What was asked for since then (seconds since the epoch) waited to read from elsewhere,
        as these flags of the session say.
        """
        self._waitlist.defer(options, since)

    def refuse_waiting(self, why: str, since: float) -> None:
        """Drop what was asked for since then, which waited for something that does not come."""
        touched = self._waitlist.refuse(why, since, self.target)
        self._listener.runs_changed((), touched)

    def log(self, run_id: str) -> RunLog:
        """The log of a run, for reading lines of it. One that is not followed is taken in by its
        reader, at its reader's pace.
        """
        if run_id in self._followers:
            return self._followers[run_id].log
        if run_id not in self._logs:
            self._logs[run_id] = RunLog(self.store.run_dir(run_id))
        return self._logs[run_id]

    def forget(self, run_ids: Iterable[str]) -> None:
        """These runs are no longer recorded."""
        gone = [run_id for run_id in run_ids if self._runs.pop(run_id, None) is not None]
        for run_id in gone:
            self._followers.pop(run_id, None)
            self._logs.pop(run_id, None)
        if gone:
            self._listener.runs_changed(())

    # -- requests -----------------------------------------------------------

    def enqueue(self, plan: RunPlan) -> str:
        """Start the run when nothing is in its way. Returns its id; empty where it cannot be."""
        try:
            plan = replace(
                plan, run_id=self.store.new_run_id(), asked_at=time.time(), target=self.target
            )
        except DbtreeError as error:
            self._listener.notify(error.message)
            return ""
        self._waitlist.add(plan)
        self._listener.runs_changed((), plan.nodes)
        self.start_next()
        self._waitlist.note(project=self._project.name, target=self.target)
        self._notify_clash(plan)
        return plan.run_id

    def _notify_clash(self, plan: RunPlan) -> None:
        """Say which run a plan waits for, where several may run and this one builds the same."""
        if held := self._full(plan) if plan in self.queue.plans else "":
            self._listener.notify(f"{plan.label}: queued, waits for {held}")
            return
        on_target = [run for run in self._runs.values() if run.target == self.target]
        if self._context().single_writer or not any(run.is_active for run in on_target):
            return
        if words := self.queue.clash(plan.run_id, on_target):
            self._listener.notify(words)

    def move(self, run_id: str, steps: int) -> None:
        """Let a queued run start so many places later (or sooner, if negative)."""
        self._waitlist.move(run_id, steps)
        self._listener.runs_changed(())
        self.start_next()

    def start_next(self) -> None:
        """Start what waits, as far as nothing is in its way."""
        current = self._context()
        if self._starting is not None or not self.queue or not current.can_start:
            return
        touched = self._waitlist.resolve(current.graph, self.target)
        on_target = [run for run in self._runs.values() if run.target == self.target]
        plan = self._waitlist.take(on_target, single_writer=current.single_writer, full=self._full)
        if plan is not None:
            self._starting = plan
            self._start = asyncio.create_task(self._start_run(plan, self._asked_for(plan)))
        if plan is not None or touched:  # nobody may look into its database from now on
            self._listener.runs_changed((), touched)

    def _full(self, plan: RunPlan) -> str:
        """Which limit of what goes on at once a plan waits for; see `queue.full`."""
        return full(plan, self._runs.values(), self._project.concurrency)

    def _asked_for(self, plan: RunPlan) -> Awaitable[RunForked | Refused]:
        """The engine's answer to the request for a run. It is sent now: until a task has its turn,
        a frame may be painted. What is wrong is raised when it is awaited.
        """
        try:
            run_dir = self.store.run_dir(plan.run_id)
            graph = self._context().graph
            request = request_of(plan, self._project, run_dir, graph, self.records.history)
            return self._starter.start_run(**request)
        except DbtreeError as error:
            failed = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    async def _start_run(self, plan: RunPlan, answer: Awaitable[RunForked | Refused]) -> None:
        try:
            reply = await answer
            if isinstance(reply, Refused):
                self.store.release_run_id(plan.run_id)
                self._listener.notify(reply.message)
            else:
                self._follow(_begun(plan, self.target, reply.pid))
        except EngineError:
            await self._outlive_engine(plan)
        except DbtreeError as error:
            self.store.release_run_id(plan.run_id)
            self._listener.notify(f"the run could not be started: {error}")
        finally:
            self._starting = None
            if plan.run_id in self._unwanted and plan.run_id in self._runs:
                self.cancel(plan.run_id)
            self._unwanted.discard(plan.run_id)
            self._waitlist.note(project=self._project.name, target=self.target)
            self._listener.runs_changed((), plan.nodes)
            self.start_next()

    async def _outlive_engine(self, plan: RunPlan) -> None:
        """The engine ended before it answered: the run may have begun nevertheless. If it has not,
        it waits for the next engine.
        """
        directory = self.store.run_dir(plan.run_id)
        deadline = time.monotonic() + BEGINS_WITHIN
        while True:
            # A run that finds no directory does not begin.
            self.store.release_run_id(plan.run_id)
            if not directory.exists():
                break
            if has_begun(directory):
                self._follow(_begun(plan, self.target))
                return
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_INTERVAL)
        await asyncio.sleep(LOOK_INTERVAL)  # the end of the engine is reported meanwhile
        if plan.run_id in self._unwanted:
            self._listener.notify(f"{plan.label}: removed from the queue")
        else:
            self._waitlist.put_back(plan)

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop, the second time kill it; drop it where it has not begun."""
        plan = self._waitlist.drop(run_id)
        if plan is not None:
            self._listener.notify(f"{plan.label}: removed from the queue")
            self._listener.runs_changed((), plan.nodes)
            return
        if run_id == self.starting:
            self._unwanted.add(run_id)
            self._listener.notify(f"{run_id} will stop as soon as it has started", run_id)
            return
        run = self._runs.get(run_id)
        if run is None or not run.is_active:
            self._listener.notify(self._nothing_to_stop(run_id))
            return
        if not self._canceller.stop(self._followers[run_id]):
            self.look_at(run_id)

    def drop(self, run_ids: Collection[str]) -> None:
        """Take runs that wait out of the queue, and leave nothing of them."""
        dropped = self._waitlist.drop_all(run_ids)
        self._listener.runs_changed((), {key for plan in dropped for key in plan.nodes})

    def _nothing_to_stop(self, run_id: str) -> str:
        """That a run has ended, and what goes on instead."""
        others = [other for other in self.runs if other.is_active]
        if not others:
            return "nothing is running"
        names = ", ".join(f"{other.run_id} ({other.kind} {other.label})" for other in others)
        verb = "is" if len(others) == 1 else "are"
        return f"{run_id} has ended; {names} {verb} running: open it to stop it"

    # -- following ----------------------------------------------------------

    async def open(self) -> None:
        """Follow the runs that go on, and notice those that others start."""
        for run in self._runs.values():
            if run.is_active:
                self._follow(run)
        self._scanning = asyncio.create_task(self._scan())

    async def _scan(self) -> None:
        while True:
            await asyncio.sleep(SCAN_INTERVAL)
            try:
                known = frozenset(self._runs)
                started = await asyncio.to_thread(self.store.started_since, known)
                gone = await asyncio.to_thread(self.store.gone_of, known)
            except RunError:  # the index is locked: the next look reads it
                continue
            for run in started:
                if run.run_id not in self._runs and run.run_id != self.starting:
                    self._follow(run)
            self.forget(run_id for run_id in gone if run_id not in self._following)

    def _follow(self, run: Run) -> None:
        if run.run_id in self._following:
            return
        # From its first event, whatever is known of it: the log is the truth.
        # Its nodes, too: what builds one of them as well waits, before the first event is read.
        queued = {key: NodeRun(key, "queued") for key in run.nodes}
        fresh = Run(
            run.run_id, "running", run.command, target=run.target, pid=run.pid, tags=run.tags,
            nodes=queued,
        )  # fmt: skip
        follower = RunFollower(fresh, self.store.run_dir(run.run_id), self._progressed)
        self._runs[run.run_id] = fresh
        self._followers[run.run_id] = follower
        self._following[run.run_id] = asyncio.create_task(self._follow_to_end(follower))

    async def _follow_to_end(self, follower: RunFollower) -> None:
        run = await follower.follow()
        self._runs[run.run_id] = run
        self._listener.runs_changed((), run.nodes)
        if run.target == self.target:
            self._listener.run_ended()
        self.start_next()
        touched: Iterable[str] = ()
        try:
            await asyncio.to_thread(self.store.ingest, run.run_id)
            is_told_late = run.external or run.status in ("cancelled", "interrupted")
            if is_told_late and run.target == self.target:
                # What was stopped has no event of its own, and a run from elsewhere may be older
                # than what is known: the index knows what they count for.
                await self.records.read_again()
                touched = run.nodes
        finally:
            self._following.pop(run.run_id, None)
            self._listener.runs_changed(touched)

    def _progressed(self, run: Run, new: list[Any]) -> None:
        self._runs[run.run_id] = run
        touched: set[str] = set()
        busied: dict[str, None] = {}
        if run.target == self.target and not run.external:
            touched = self.records.take(run, new)
            for item in new:
                match item:
                    case events.NodeStarted():
                        busied[item.unique_id] = None
                    case events.RunStarted() | events.RunPlanned():
                        busied |= dict.fromkeys(item.nodes)
        self._listener.runs_changed(touched, busied)

    def look_at(self, run_id: str) -> None:
        """Read the log of a run now: something happened to its process."""
        follower = self._followers.get(run_id)
        if follower is not None and follower.run.is_active:
            follower.expect_end()

    async def close(self, runs: str) -> None:
        """Stop following; runs continue (`detach`), are awaited (`wait`) or are asked to stop
        (`cancel`). Those that wait are recorded as never started.
        """
        self._waitlist.close(project=self._project.name, target=self.target)
        if self._scanning is not None:
            self._scanning.cancel()
        if runs == "cancel":
            for run in list(self._runs.values()):
                if run.run_id in self._following and not self._canceller.was_asked(run.run_id):
                    self.cancel(run.run_id)
        for run_id, task in list(self._following.items()):
            if runs == "detach" and self._followers[run_id].run.is_active:
                task.cancel()
        # What is over is still being written into the index.
        await asyncio.gather(*self._following.values(), return_exceptions=True)
        if self._store is not None:
            self._store.close()


def _begun(plan: RunPlan, target: str, pid: int = 0) -> Run:
    """A run whose log has yet to be read: all that it will build is still to be built."""
    nodes = {key: NodeRun(key, "queued") for key in plan.nodes}
    return Run(
        plan.run_id, "running", plan.dbt_line, target=target, pid=pid, tags=dict(plan.tags),
        nodes=nodes,
    )  # fmt: skip
