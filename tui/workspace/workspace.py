"""One open project: the parts that make it, and the requests that it takes.

The workspace composes the engine's session, the runs, the watcher, the schedules and the store.
Requests go down from its methods to the parts; what the parts report comes up through
`ReportReceiver` into the store, which publishes each new `WorkspaceState`; `queries` answers what
the state does not hold. It runs on an asyncio loop and knows nothing of Textual: the screen and the
headless commands both stand on it, and see it as `WorkspaceApi`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tui.engine_client.session import EngineSession
from tui.errors import DbtreeError, ProjectError, SelectionError
from tui.graph.partition_status import partitioned_assets
from tui.project.project import Project
from tui.protocol import messages
from tui.runs.plan import RunPlan
from tui.runs.queue import BackfillStopped
from tui.runs.service import RunService
from tui.workspace import reducer
from tui.workspace.auto_build_values import Mode
from tui.workspace.command_log import CommandLog
from tui.workspace.data_diffs import DataDiffs
from tui.workspace.external_run_watch import ExternalRunWatch
from tui.workspace.graph_cache import GraphCache
from tui.workspace.housekeeping import keep_tidy
from tui.workspace.partition_watch import PartitionWatch
from tui.workspace.queries import Queries
from tui.workspace.relation_watch import RelationWatch
from tui.workspace.reparse_queue import ReparseQueue
from tui.workspace.report_receiver import ReportReceiver
from tui.workspace.run_estimates import RunEstimates
from tui.workspace.run_warnings import RunWarnings
from tui.workspace.state import WorkspaceState
from tui.workspace.store import Subscriber, WorkspaceStore

if TYPE_CHECKING:
    from tui.column_lineage.column_graph import ColumnGraph
    from tui.git.values import AssetChange, GitState
    from tui.schedules.service import ScheduleService
    from tui.workspace.auto_build import AutoBuild
    from tui.workspace.backfills import Backfills
    from tui.workspace.column_tracing import ColumnTracing
    from tui.workspace.deferring import Deferring
    from tui.workspace.file_edits import FileEdits
    from tui.workspace.git_watch import GitWatch
    from tui.workspace.partition_keys import PartitionKeys
    from tui.workspace.properties_edits import PropertiesEdits
    from tui.workspace.refactorings import Refactorings

__all__ = ["Workspace", "WorkspaceState"]

SCHEDULES_AFTER = 0.3
"""Seconds from the engine's first answer until schedules tick."""
LARGE = 500
"""Assets from which on a history takes longer to read than a first frame should wait."""


class Workspace:
    """One open project, from `open` to `close`."""

    def __init__(
        self, project: Project, *, watch: bool = True, check_patches: bool = False
    ) -> None:
        """Show what is known from the last time; start nothing yet.

        With `watch` false, files are not watched (for commands that run once). With
        `check_patches`, the engine's facts say which of its patches cannot be used.
        """
        self._store = store = WorkspaceStore(WorkspaceState(project))
        self._reports = ReportReceiver(store, self._refresh_schedules, self._code_read)
        commands = CommandLog(lambda issued: store.set(commands=issued))
        self._engine = EngineSession(
            project, self._reports, commands.watch, starts_one_that_stays=not watch
        )
        self._engine.check_patches = check_patches
        self._runs = RunService(project, self._engine, lambda: store.state, self._reports)
        self._graphs = GraphCache(lambda: store.state)
        self._external = ExternalRunWatch(
            lambda: store.state, self._engine.ask, self._runs, store.notify
        )
        self._run_warnings = RunWarnings(store, self._runs)
        self._relations = RelationWatch(
            lambda: store.state,
            self._engine.ask,
            self._runs.records,
            store.recheck,
            self._dbt_elsewhere,
        )
        self._reports.connect(self._runs, self._graphs, self._relations, self._run_warnings)
        self._counted = PartitionWatch(lambda: store.state, self._runs.records, store.recheck)
        self._reparses = ReparseQueue(self._engine)
        self.queries = Queries(
            self._engine,
            self._runs,
            self._relations,
            lambda: self._git,
            store,
            self._counted,
            self._dbt_elsewhere,
        )
        self.diffs = DataDiffs(self._engine, store, self.queries.until_readable)
        store.subscribe(self.diffs.follow)
        self._estimates = RunEstimates(
            lambda: store.state,
            self._runs.records.durations,
            lambda found: store.set(estimates=found),
            time.time,
        )
        self._watch = watch
        self._is_owed_history = False
        self._watching: list[asyncio.Task[None]] = []
        self._opening: asyncio.Task[None] | None = None

    def _dbt_elsewhere(self) -> str:
        """The command of a dbt that runs elsewhere now; empty where there is none."""
        return self._external.going_on

    @cached_property
    def schedules(self) -> ScheduleService:
        """The schedules of the project; imported after the first frame."""
        from tui.schedules.service import ScheduleService

        return ScheduleService(self.state.project, self, self._reports.schedules_changed)

    def _refresh_schedules(self) -> None:
        self.schedules.refresh()

    def _code_read(self, code: Mapping[str, str]) -> None:
        self._column_tracing.code_read(code)

    @cached_property
    def _column_tracing(self) -> ColumnTracing:
        from tui.workspace.column_tracing import ColumnTracing

        def publish(columns: ColumnGraph) -> None:
            self._store.set(columns=columns)

        return ColumnTracing(lambda: self.state, self._engine.ask, publish)

    @cached_property
    def properties(self) -> PropertiesEdits:
        """What is missing in the YAML."""
        from tui.workspace.properties_edits import PropertiesEdits

        return PropertiesEdits(self, self._engine.request)

    @cached_property
    def refactorings(self) -> Refactorings:
        """New names and new assets, as changes of files."""
        from tui.workspace.refactorings import Refactorings

        return Refactorings(self)

    @cached_property
    def edits(self) -> FileEdits:
        """Writes changes of files, and takes them back."""
        from tui.workspace.file_edits import FileEdits

        return FileEdits(lambda: self.state)

    @cached_property
    def partitions(self) -> PartitionKeys:
        """The keys of dynamic partitions."""
        from tui.workspace.partition_keys import PartitionKeys

        return PartitionKeys(
            lambda: self.state, lambda stamp: self._store.set(partition_keys=stamp)
        )

    @cached_property
    def _git(self) -> GitWatch:
        from tui.workspace.git_watch import GitWatch

        def publish(git: GitState, changed: Mapping[str, AssetChange]) -> None:
            self._store.set(git=git, changed=changed)

        return GitWatch(lambda: self.state, publish)

    @cached_property
    def _deferring(self) -> Deferring:
        from tui.workspace.deferring import Deferring

        return Deferring(
            lambda: self.state, self._engine.ask, self._runs, self.rework,
            lambda where: self._store.set(preparing=where),
        )  # fmt: skip

    @cached_property
    def _backfills(self) -> Backfills:
        from tui.workspace.backfills import Backfills

        return Backfills(self._runs, self.materialize)

    @cached_property
    def _auto_build(self) -> AutoBuild:
        from tui.workspace.auto_build import AutoBuild

        return AutoBuild(self, self.queries, self._reports.armed_changed)

    # ----------------------------------------------------------------- the state

    @property
    def state(self) -> WorkspaceState:
        """What is current."""
        return self._store.state

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""
        return self._store.subscribe(subscriber)

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Wait until something holds of the state; returns that state."""
        return await self._store.until(is_so)

    def notify(self, words: str) -> None:
        """Say something to the user in the status line."""
        self._store.notify(words)

    # ------------------------------------------------------------------ life

    def restore(self, *, at_once: bool = True, owing_statuses: bool = False) -> None:
        """Take the graph and the history of the last time into the state, if there are any.

        Unless `at_once`, `open` reads the history of a large project, so that its tree can be
        painted before: its assets have no status until then. With `owing_statuses`, none has one
        until `settle_statuses`: each of the first reports would have all of them computed.
        """
        if owing_statuses:
            self._reports.owe_statuses()
        project = self.state.project
        saved = self._graphs.load()
        if saved is not None:
            project = replace(project, defined=saved.engine.defined)
            self._store.set(graph=saved.graph, engine=saved.engine, project=project)
        self._is_owed_history = not at_once and len(self.state.graph) > LARGE
        if self._is_owed_history:
            self._reports.restore_run_list()
        else:
            self._reports.restore_runs()
        self._reports.restore_warnings()
        project.prepare_state_dir()

    def settle_statuses(self) -> None:
        """Compute the statuses that `restore` left owing."""
        self._reports.settle_statuses()

    @property
    def is_remembered(self) -> bool:
        """Whether there is a graph of the last time, to be shown before dbt tells a newer one."""
        return self._graphs.path.exists()

    def launch(self) -> None:
        """Start the engine's process already, before there is a loop: its import of dbt is long."""
        self.state.project.prepare_state_dir()
        with contextlib.suppress(DbtreeError):  # `open` tries again, and says what is wrong
            self._engine.launch()

    @property
    def is_awaited(self) -> bool:
        """Whether the engine has answered before it was opened: its answer is there to be read."""
        return self._engine.has_answered

    async def open_engine(self) -> None:
        """The first half of `open`, where that is not to wait for the rest: have the engine's
        answer read.
        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_engine())
        await self._opening

    async def _open_engine(self) -> None:
        self.state.project.prepare_state_dir()
        if self._is_owed_history:
            self._is_owed_history = False
            self._reports.restore_runs()
        self._store.subscribe(self._counted.follow)
        self._counted.open()
        await self._engine.open()
        await self._runs.open()

    async def open(self) -> None:
        """Start the engine and the watcher, and follow the active runs."""
        await self.open_engine()
        if self._watch:
            self._store.subscribe(self._estimates.follow)
            self._relations.open()
            self._run_warnings.open()
            self._git.open()
            self._store.subscribe(self._git.follow)
            from tui.workspace.saved_files import SavedFiles  # after the first frame

            files = SavedFiles(self, lambda found: self._store.set(freshness=found))
            follow = (
                files.follow(),
                files.follow_freshness(),
                self._external.follow(),
                keep_tidy(self.state.project, self._runs),
                self._defer_as_set(),
                self._open_schedules(),
                self.partitions.follow(),
            )
            self._watching = [asyncio.create_task(each) for each in follow]

    async def _open_schedules(self) -> None:
        """Begin to tick. What that imports waits for the engine's first answer, and for a key that
        was pressed meanwhile.
        """
        await self.until(lambda state: state.phase in ("ready", "gone"))
        await asyncio.sleep(SCHEDULES_AFTER)
        self.schedules.open()

    async def close(self, *, runs: str = "detach") -> None:
        """End the engine and the watcher.

        Runs that go on are left alone (`detach`), waited for (`wait`) or cancelled (`cancel`).
        """
        self._estimates.close()
        self._relations.close()
        self._counted.close()
        self._run_warnings.close()
        for task in self._watching:
            task.cancel()
        # Made when they are first asked for: what was not used is not imported only to be closed.
        made = vars(self)
        for name in ("_auto_build", "_backfills", "_column_tracing", "_git", "schedules"):
            if name in made:
                made[name].close()
        await self._runs.close(runs)
        self._reparses.close()
        self._store.close()
        self._graphs.close()
        # A parse that nobody waits for is worth nothing: only a warm engine has things to save.
        await self._engine.close(kill=self.state.phase in ("starting", "parsing"))

    def leave_engine(self) -> None:
        """After `close`: let the next window or command find an engine that has the project open,
        for as long as the setting `engine_keep` says.
        """
        self._engine.leave_one_behind()

    async def idle(self) -> None:
        """Wait until idle: parsed (or failed), no run, nothing queued."""
        await self.until(
            lambda state: (
                state.phase in ("ready", "gone")
                and not self._reparses.is_waiting
                and not state.is_busy
                and not self._runs.is_following
                and not self._relations.is_running
                and not self._counted.is_running
            )
        )

    @property
    def engine_pid(self) -> int:
        """The process id of the engine, 0 while there is none."""
        return self._engine.pid

    # -------------------------------------------------------------- requests

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it while dbt or another run is in its way.

        Of what has partitions, the latest one is made where the plan names none. Returns its id;
        empty where it cannot be.
        """
        if refusal := self.state.project.run_refusal:
            self.notify(refusal)
            return ""
        if self.state.phase == "gone":
            self.restart_engine()
        if not plan.partitions and partitioned_assets(self.state.graph, plan.nodes):
            from tui.runs.partitioned import latest_only  # few projects have partitions

            try:
                plan = latest_only(plan, self.state.graph)
            except SelectionError as error:
                self.notify(error.message)
                return ""
        run_id = self._runs.enqueue(plan)
        if run_id and self.state.waits_for_dbt:
            self.notify(f"{plan.label}: queued · {self._what_is_awaited()}")
        return run_id

    def backfill(self, plans: Iterable[RunPlan]) -> None:
        """Queue runs one after the other while keys are taken. The first that cannot be ends it."""
        self._backfills.begin(plans)

    def stop_backfill(self, nodes: Collection[str]) -> BackfillStopped:
        """Drop the runs of partitions of these assets that have not started: those that wait, and
        those that were yet to be queued.
        """
        if self._refuses_guest():
            return BackfillStopped()
        return self._backfills.stop(nodes)

    def _what_is_awaited(self) -> str:
        problems = self.state.problems
        if self.state.phase == "ready" and problems:
            return f"dbt cannot read the project: {problems[0].message.partition(chr(10))[0]}"
        if self.state.preparing and self.state.is_read:
            return f"waiting until {self.state.preparing} is read, to defer to it"
        return "waiting for dbt"

    def move(self, run_id: str, steps: int) -> None:
        """Let a queued run start so many places later (or sooner, if negative)."""
        if self._refuses_guest():
            return
        self._runs.move(run_id, steps)

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        """Set what a save of these assets triggers; None turns it off."""
        self._auto_build.arm(unique_ids, mode)

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop (SIGINT); the second time kill it. A queued one is dropped."""
        if self._refuses_guest():
            return
        self._runs.cancel(run_id)

    def _refuses_guest(self) -> bool:
        refusal = self.state.project.guest_refusal
        if refusal:
            self.notify(refusal)
        return bool(refusal)

    def reparse(self, paths: Sequence[str] = (), *, full: bool = False) -> None:
        """Parse again, as if these files (relative to the root) had been saved."""
        if self.state.phase == "gone":
            self.restart_engine()
            return
        self._reparses.add(paths, full=full)

    def rework(self, **settings: Any) -> None:
        """Go on with other settings of the project: target, vars, threads.

        Another target has its own history; it and other variables need a new engine, behind the
        standing screen. Runs that go on do so as they were started. Raises ProjectError.
        """
        if refusal := self.state.project.guest_refusal:
            raise ProjectError(refusal)
        before = self.state.project
        project = replace(before, **settings)
        self._engine.work_on(project)
        self._runs.work_on(project)
        if project.target != before.target:
            self._reports.target_changed(project)
        else:
            self._store.set(project=project)
        if (project.target, project.vars) != (before.target, before.vars):
            self.restart_engine()
            if before.deferral:
                self._watching.append(asyncio.create_task(self._defer_as_set()))

    async def defer(self, where: str) -> str:
        """Read what is not built here from another state; returns what came of it, in words.

        Raises ProjectError, or EngineError while there is no engine.
        """
        if refusal := self.state.project.guest_refusal:
            raise ProjectError(refusal)
        return await self._deferring.defer(where)

    async def _defer_as_set(self) -> None:
        """Defer as the settings say, or as before, as soon as there is an engine."""
        try:
            if words := await self._deferring.as_set(self.until):
                self.notify(words)
        except DbtreeError as error:
            self.notify(error.message)

    def start_run(self, **fields: Any) -> Awaitable[messages.RunForked | messages.Refused]:
        """Have the engine fork a run at once, whatever else runs.

        Raises EngineError where there is no engine, or, awaited, where it ends before it answers.
        """
        return self._engine.start_run(**fields)

    def trace_columns(self) -> None:
        """Trace the columns of the project from now on, in the background."""
        if self._column_tracing.is_on:
            return
        before = self.state

        def follow(state: WorkspaceState) -> None:
            nonlocal before
            if state.graph is not before.graph or state.engine is not before.engine:
                self._column_tracing.changed()
            if before.active is not None and state.active is None:
                self._column_tracing.run_ended()
            before = state

        self._store.subscribe(follow)
        self._column_tracing.start()

    async def compile_for_columns(self, unique_id: str) -> bool:
        """Let the database say what the SQL of an asset is, where nothing else can, to trace it.
        Whether that was done: the state then has its columns soon.
        """
        return await self._column_tracing.compile(unique_id)

    def look_at_relations(self) -> None:
        """Look again which relations of what was built are in the database, and say it."""
        state = self.state
        if state.active is not None or state.starting:
            self.notify("a run is in progress: the database is checked when it ends")
        self._relations.look(self.notify)

    async def note_external_runs(self) -> bool:
        """Record now what has ended elsewhere, and take it in: for commands that run once. Whether
        there was something.
        """
        if not await self._external.look():
            return False
        self._reports.restore_runs()
        return True

    def restart_engine(self) -> None:
        """Start a new engine while the screen stays open; runs continue."""
        self._store.put(reducer.engine_restarting(self.state))
        self._engine.restart()
