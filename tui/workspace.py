"""What is current: the graph, the statuses, the runs and the problems of one open project.

The workspace connects the engine, the watcher, the runs and their history. It takes wishes
(methods named in the imperative) and publishes facts: a new `WorkspaceState`, at most once per
frame, to whoever subscribed. It runs on an asyncio loop and knows nothing of Textual; the screen
and the headless commands both stand on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import snapshot, source_freshness
from tui.arming_values import Armed, Mode
from tui.assets import AssetGraph, GraphChanges, Problem, recompute, statuses, touched
from tui.engine_session import EngineSession, changes_of
from tui.errors import DbtreeError, EngineError, SelectionError
from tui.project import Project
from tui.protocol import messages
from tui.runs.desk import RunDesk
from tui.runs.log import RunLog
from tui.runs.plan import RunPlan
from tui.runs.values import CheckResult, Materialization, Run
from tui.schedules.views import Schedules
from tui.state import WorkspaceState

if TYPE_CHECKING:
    from tui.arming import Arming
    from tui.schedules.desk import ScheduleDesk

__all__ = ["Workspace", "WorkspaceState"]

FRAME = 1 / 60
"""Seconds: facts are published at most once in this time."""
EDIT_SHOWN = 30.0
"""Seconds for which an edit is told."""
FRESHNESS_INTERVAL = 2.0
"""Seconds between two looks whether dbt has looked at the sources again."""
SNAPSHOT_DELAY = 3.0
"""Seconds without a further edit before the graph is saved for the next start."""

LARGE = 500
"""Assets from which on a history takes longer to read than a first frame should wait."""

Subscriber = Callable[[WorkspaceState], None]


class Workspace:
    """One open project, from `open` to `close`."""

    def __init__(self, project: Project, *, watch: bool = True) -> None:
        """Show what is known from the last time; start nothing yet.

        With `watch` false, files are not watched (for commands that run once).
        """
        self.state = WorkspaceState(project)
        self._watch = watch
        self._subscribers: list[Subscriber] = []
        self._publishing: asyncio.TimerHandle | None = None
        self._published_at = 0.0
        self._engine = EngineSession(project, self)
        self._desk = RunDesk(project, self)
        self._left: dict[str, AssetGraph] = {}
        """By target, the graph with which it was left: to come back to."""
        self._is_owed_history = False
        self._is_first_look = False
        """Whether the graph is only a guess from the files: it has no checks, and nothing in it
        can be run honestly."""
        self._unparsed: set[str] = set()
        self._parse_all = False
        self._parsing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._saving: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()

    @cached_property
    def schedules(self) -> ScheduleDesk:
        """The schedules of the project; imported after the first frame."""
        from tui.schedules.desk import ScheduleDesk

        return ScheduleDesk(self.state.project, self)

    @cached_property
    def _arming(self) -> Arming:
        from tui.arming import Arming

        return Arming(self)

    # ------------------------------------------------------------------ life

    def restore(self, *, at_once: bool = True) -> None:
        """Take the graph and the history of the last time into the state, if there are any.

        Unless `at_once`, `open` reads the history of a large project, so that its tree can be
        painted before: its assets have no status until then.
        """
        project = self.state.project
        saved = snapshot.load(self._snapshot_path)
        if saved is not None:
            graph, engine = saved
            self.state = replace(self.state, graph=graph, engine=engine)
        self._is_owed_history = not at_once and len(self.state.graph) > LARGE
        self._desk.restore(self.state.target, with_history=not self._is_owed_history)
        if self._is_owed_history:
            self._set(runs=self._desk.runs)
        else:
            self._restate(runs=self._desk.runs, history=self._desk.history)
        project.prepare_state_dir()

    @property
    def is_remembered(self) -> bool:
        """Whether there is a graph of the last time, to be shown before dbt tells a newer one."""
        return bool(self._snapshot_path.exists())

    def launch(self) -> None:
        """Start the engine's process already, before there is a loop: its import of dbt is long."""
        self.state.project.prepare_state_dir()
        with contextlib.suppress(DbtreeError):  # `open` tries again, and says what is wrong
            self._engine.launch()

    async def open(self) -> None:
        """Start the engine and the watcher, and follow the runs that are going on."""
        self.state.project.prepare_state_dir()
        if self._is_owed_history:
            self._is_owed_history = False
            self._desk.restore(self.state.target)
            self._restate(runs=self._desk.runs, history=self._desk.history)
        await self._engine.open()
        await self._desk.open()
        if self._watch:
            self.schedules.open()
            self._watching = asyncio.create_task(self._follow_files())
            self._looking = asyncio.create_task(self._follow_freshness())

    async def close(self, *, runs: str = "detach") -> None:
        """End the engine and the watcher.

        Runs that go on are left alone (`detach`), waited for (`wait`) or cancelled (`cancel`).
        """
        self._arming.close()
        if self._looking is not None:
            self._looking.cancel()
        if self._watching is not None:
            self._watching.cancel()
        self.schedules.close()
        await self._desk.close(runs)
        if self._parsing is not None:
            self._parsing.cancel()
        if self._publishing is not None:
            self._publishing.cancel()
        if self._saving is not None:
            self._saving.cancel()
            self._save_snapshot()
        # A parse that nobody waits for is worth nothing: only a warm engine has things to save.
        await self._engine.close(kill=self.state.phase in ("starting", "parsing"))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def idle(self) -> None:
        """Wait until nothing is going on: parsed (or failed), no run, nothing queued."""
        await self.until(
            lambda state: (
                state.phase in ("ready", "gone")
                and not self._unparsed
                and not self._parse_all
                and not state.is_busy
                and not self._desk.is_following
            )
        )

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Wait until something holds of the state; returns that state."""
        while not is_so(self.state):
            self._changed.clear()
            await self._changed.wait()
        return self.state

    @property
    def engine_pid(self) -> int:
        """The process id of the engine, 0 while there is none."""
        return self._engine.pid

    @property
    def is_parsing(self) -> bool:
        """Whether saved files wait for their parse."""
        return bool(self._unparsed) or (self._parsing is not None and not self._parsing.done())

    # ---------------------------------------------------------------- wishes

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it while the engine or another run is in its way.

        Returns its id; empty where it cannot be.
        """
        if self.state.project.readonly:
            self.tell("read-only: no run is started (--readonly)")
            return ""
        if self._is_first_look:
            problems = self.state.problems
            why = problems[0].message.partition("\n")[0] if problems else ""
            self.tell(why or "dbt has not read the project yet: a run can start when it has")
            return ""
        return self._desk.enqueue(plan)

    def schedules_changed(self, schedules: Schedules) -> None:
        """Schedules, their switches or their ticks are new."""
        self._set(schedules=schedules)

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        """Let a save of these assets do something by itself; None ends it."""
        self._arming.arm(unique_ids, mode)

    def armed_changed(self, armed: Mapping[str, Armed]) -> None:
        """Other assets are armed, or something came of a save."""
        self._set(armed=armed)

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop (SIGINT); the second time kill it. A queued one is dropped."""
        self._desk.cancel(run_id)

    def reparse(self, paths: Sequence[str] = (), *, full: bool = False) -> None:
        """Parse again, as if these files (relative to the root) had been saved."""
        if self.state.phase == "gone":
            self.restart_engine()
            return
        self._unparsed.update(paths)
        self._parse_all |= full
        if self._parsing is None or self._parsing.done():
            self._parsing = asyncio.create_task(self._parse_changes())

    def rework(self, **settings: Any) -> None:
        """Go on with other settings of the project: target, vars, threads.

        Another target has its own history; it and other variables need a new engine, behind the
        standing screen. Runs that go on do so as they were started.
        """
        before = self.state
        project = replace(before.project, **settings)
        self._engine.work_on(project)
        self._desk.work_on(project)
        self._set(project=project)
        if project.target != before.project.target:
            if before.is_confirmed:
                self._left[before.target] = before.graph
            graph = self._left.get(self.state.target)
            if graph is None:
                saved = snapshot.load(self._snapshot_path)
                graph = saved[0] if saved is not None else before.graph
            self._desk.restore(self.state.target)
            self._restate(
                graph=graph, is_confirmed=False, problems=(), edited={},
                runs=self._desk.runs, history=self._desk.history,
            )  # fmt: skip
        if (project.target, project.vars) != (before.project.target, before.project.vars):
            self.restart_engine()

    def restart_engine(self) -> None:
        """Begin anew with a new engine behind the standing screen; runs go on."""
        self._set(phase="restarting", progress=None)
        self._engine.restart()

    async def describe(self, unique_id: str, *, compile: bool = False) -> messages.Described:
        """Everything about one asset or check.

        Raises EngineError while there is no engine, or when it knows no such node.
        """
        reply: messages.Described = await self._engine.request(
            messages.Describe, unique_id=unique_id, compile=compile
        )
        return reply

    async def preview(self, unique_id: str, *, limit: int = 100, **more: str) -> messages.Previewed:
        """The first rows of an asset's relation, or those that make a check fail.

        `more`: `where` and `order_by`, as SQL. Waits for the run that is going on where the
        database has a single writer. Raises EngineError, of which DatabaseBusy passes.
        """
        await self._until_readable()
        reply: messages.Previewed = await self._engine.request(
            messages.Preview, unique_id=unique_id, limit=limit, **more
        )
        return reply

    async def inspect(self, unique_id: str) -> messages.Inspected:
        """What the database has of an asset; waits and raises as `preview` does.

        A relation that is gone although it was built makes its asset stale.
        """
        await self._until_readable()
        reply: messages.Inspected = await self._engine.request(
            messages.Inspect, unique_id=unique_id
        )
        self._desk.note_relation(unique_id, is_there=reply.is_there)
        return reply

    async def export(
        self, unique_id: str, path: Path, *, where: str = "", order_by: str = ""
    ) -> messages.Exported:
        """All rows of a preview in a CSV file; waits and raises as `preview` does."""
        await self._until_readable()
        reply: messages.Exported = await self._engine.request(
            messages.Export, unique_id=unique_id, path=str(path), where=where, order_by=order_by
        )
        return reply

    async def _until_readable(self) -> None:
        if self.single_writer:
            await self.until(lambda state: state.active is None and not state.starting)

    async def materializations(self, unique_id: str) -> list[Materialization]:
        """What runs made of an asset on this target, newest first."""
        return await self._desk.materializations(unique_id)

    async def check_results(self, unique_id: str) -> list[CheckResult]:
        """The results of a check on this target, newest first."""
        return await self._desk.check_results(unique_id)

    async def durations(self, unique_ids: Sequence[str]) -> dict[str, float]:
        """How long assets and checks took on this target lately, in seconds, where known."""
        return await self._desk.durations(unique_ids)

    async def select(
        self,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        command: str = "build",
        selector: str = "",
    ) -> frozenset[str]:
        """The unique_ids that dbt selects, by selectors or by the name of one in selectors.yml.

        Raises SelectionError, or EngineError without engine.
        """
        reply = await self._engine.ask(
            messages.Select, select=list(select), exclude=list(exclude), command=command,
            selector=selector,
        )  # fmt: skip
        if isinstance(reply, messages.Refused):
            raise SelectionError(reply.message)
        return frozenset(reply.unique_ids)

    def run(self, run_id: str) -> Run | None:
        """One run with all its nodes, read from its log where it is not in memory."""
        return self._desk.run(run_id)

    def log(self, run_id: str) -> RunLog:
        """The log of a run, for reading lines of it."""
        return self._desk.log(run_id)

    def tell(self, words: str) -> None:
        """Say something to the user in the status line."""
        self._set(notice=words, notice_at=time.time())

    # ------------------------------------------------------- files → parses

    async def _follow_files(self) -> None:
        engine = self.state.engine
        from tui.watching import watch_project  # after the first frame

        async for changes in watch_project(self.state.project, lambda: self.state.engine or engine):
            if changes.restart:
                self.restart_engine()
            elif changes.parse:
                self.reparse(changes.parse)

    async def _follow_freshness(self) -> None:
        """Notice when `dbt source freshness` has run, wherever it did."""
        seen = 0.0
        while True:
            engine = self.state.engine
            directory = engine.target_path if engine else "target"
            path = self.state.project.root / directory / source_freshness.FILE
            try:
                changed = (await asyncio.to_thread(path.stat)).st_mtime
            except OSError:
                changed = 0.0
            if changed != seen:
                seen = changed
                found = await asyncio.to_thread(source_freshness.read_freshness, path)
                self._set(freshness=found)
            await asyncio.sleep(FRESHNESS_INTERVAL)

    async def _parse_changes(self) -> None:
        while self._unparsed or self._parse_all:
            paths, full = sorted(self._unparsed), self._parse_all
            self._unparsed.clear()
            self._parse_all = False
            if self.state.phase == "ready":
                self._set(phase="reparsing")
            try:
                reply = await self._engine.ask(messages.Reparse, paths=paths, full=full)
            except EngineError:
                return  # the engine is gone or on its way: a new one reads every file anyway
            match reply:
                case messages.GraphChanged():
                    self.graph_changed(changes_of(reply), reply)
                case messages.ParseFailed():
                    self.parse_failed(tuple(Problem._make(row) for row in reply.problems))
                case messages.Refused():
                    self._set(
                        problems=(Problem("engine", reply.message, reply.path, reply.line),),
                        phase="ready",
                    )

    # ------------------------------------------- what the engine says (EngineListener)

    def engine_starting(self, restart: bool) -> None:
        """A process was started."""
        self._set(phase="restarting" if restart else "starting", progress=None)

    def engine_ready(self, facts: messages.EngineReady) -> None:
        """The engine has imported dbt and read the project's configuration."""
        before = self.state.target
        self._set(engine=facts, phase="parsing")
        if self.state.target != before:
            self._desk.restore(self.state.target)
            self._restate(runs=self._desk.runs, history=self._desk.history)

    def parse_progressed(self, progress: messages.ParseProgress) -> None:
        """A long parse went on."""
        self._set(progress=progress)

    def graph_loaded(self, graph: AssetGraph, report: messages.GraphComplete) -> None:
        """A whole graph replaces the one before; a provisional one only an empty one."""
        if graph.provisional:
            if not self.state.graph:
                self._is_first_look = True
                self._restate(graph=graph)
            return
        self._is_first_look = False
        self._restate(
            graph=graph, problems=_problems(report), warnings=tuple(report.warnings), phase="ready",
            progress=None, is_confirmed=True, parsed_in=report.elapsed,
        )  # fmt: skip
        self._save_soon()
        # Tens of thousands of values that stay: the collector need not walk them every time.
        gc.freeze()
        self._desk.start_next()

    def graph_changed(self, changes: GraphChanges, report: messages.GraphChanged) -> None:
        """An edit was parsed: the tree shows its consequence."""
        self._is_first_look = False
        base = self.state.graph if self.state.is_confirmed else AssetGraph()
        now = time.time()
        edited = {key: at for key, at in self.state.edited.items() if now - at < EDIT_SHOWN}
        if self.state.is_confirmed:
            edited.update((asset.unique_id, now) for asset in changes.assets)
        self._restate(
            touched(base, changes) if self.state.is_confirmed else None,
            graph=base.apply(changes), problems=_problems(report), warnings=tuple(report.warnings),
            phase="ready", progress=None, is_confirmed=True, edited=edited,
            parsed_in=report.elapsed,
        )  # fmt: skip
        self._save_soon()
        self._desk.start_next()

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """The project cannot be parsed the project as it stands; the last good graph stays."""
        self._set(problems=problems, phase="ready", progress=None)
        self._desk.start_next()

    def run_exited(self, run_id: str, code: int) -> None:
        """The process of a run is gone: its log is looked at at once."""
        self._desk.look_at(run_id)

    def definitions_loaded(self, report: messages.DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded anew."""
        self._set(definitions=report)
        self.schedules.look()

    def output_printed(self, text: str) -> None:
        """Something was printed while the project was parsed: no concern of a tree's reader."""

    def engine_gone(self, problem: Problem) -> None:
        """The engine is gone and will not come back by itself."""
        self._set(problems=(problem,), phase="gone", progress=None)

    # -------------------------------------------------- what the runs say (RunListener)

    def runs_changed(self, nodes: Iterable[str], busied: Iterable[str] = ()) -> None:
        """Runs, queue or history are new. `nodes` are those whose status may be; of the `busied`
        nothing else changed but whether they wait or are worked on.
        """
        self._restate(
            set(nodes), busied, runs=self._desk.runs, queue=self._desk.queue.plans,
            starting=self._desk.starting, history=self._desk.history,
        )  # fmt: skip

    @property
    def can_start(self) -> bool:
        """Whether the engine can take a run: it has a graph, and dbt's word for it."""
        return self.state.is_confirmed and self.state.phase in ("ready", "reparsing")

    @property
    def single_writer(self) -> bool:
        """Whether two runs on this target would be in each other's way."""
        return self.state.engine is not None and self.state.engine.single_writer

    async def start_run(self, **fields: Any) -> Any:
        """Ask the engine to fork a run; its answer is RunForked or Refused."""
        return await self._engine.ask(messages.StartRun, **fields)

    # ------------------------------------------------------------ publishing

    def _restate(
        self, changed: set[str] | None = None, busied: Iterable[str] = (), /, **facts: Any
    ) -> None:
        """Take new facts, and compute anew the statuses of what they touch (None: of all)."""
        if changed is not None and not changed and not busied:
            self._set(**facts)
            return
        state = replace(self.state, **facts)
        activity = self._desk.activity()
        found = (
            statuses(state.graph, state.history, activity)
            if changed is None
            else recompute(state.statuses, state.graph, state.history, activity, changed, busied)
        )
        self._set(**facts, statuses=found)

    def _set(self, **facts: Any) -> None:
        self.state = replace(self.state, **facts)
        self._changed.set()
        if self._publishing is not None or not self._subscribers:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # restored before there is a loop: nobody listens yet
        wait = max(0.0, self._published_at + FRAME - loop.time())
        self._publishing = loop.call_later(wait, self._publish)

    def _publish(self) -> None:
        self._publishing = None
        self._published_at = asyncio.get_running_loop().time()
        for subscriber in list(self._subscribers):
            subscriber(self.state)

    # -------------------------------------------------------------- snapshot

    @property
    def _snapshot_path(self) -> Any:
        return self.state.project.state_dir / f"snapshot-{self.state.project.target or 'default'}"

    def _save_soon(self) -> None:
        if self._saving is not None:
            self._saving.cancel()
        loop = asyncio.get_running_loop()
        self._saving = loop.call_later(
            SNAPSHOT_DELAY, lambda: loop.run_in_executor(None, self._save_snapshot)
        )

    def _save_snapshot(self) -> None:
        self._saving = None
        state = self.state
        if state.engine is not None and state.is_confirmed:
            with contextlib.suppress(OSError):  # a lost snapshot costs a second at the next start
                snapshot.save(self._snapshot_path, state.graph, state.engine)


def _problems(report: messages.GraphComplete | messages.GraphChanged) -> tuple[Problem, ...]:
    """What is wrong though dbt could parse: the Python definitions."""
    return tuple(Problem._make(row) for row in report.problems)
