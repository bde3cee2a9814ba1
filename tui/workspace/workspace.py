"""What is current: the graph, the statuses, the runs and the problems of one open project.

The workspace connects the engine, the watcher, the runs and their history. It takes wishes
(methods named in the imperative), answers `questions` and publishes facts: a new `WorkspaceState`
(`published_state`), made of what the engine and the runs report (`reported_state`). It runs on an
asyncio loop and knows nothing of Textual; the screen and the headless commands both use it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.errors import DbtreeError
from tui.project.project import Project
from tui.protocol.messages import DefinitionsLoaded
from tui.runs.plan import RunPlan
from tui.schedules.views import Schedules
from tui.workspace import source_freshness
from tui.workspace.auto_build_values import Armed, Mode
from tui.workspace.queries import Questions
from tui.workspace.reducer import ReportedState
from tui.workspace.reparse_queue import Reparsing
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.schedules.service import ScheduleService
    from tui.workspace.auto_build import Arming

__all__ = ["Workspace", "WorkspaceState"]

LARGE = 500
"""Assets from which on a history takes longer to read than a first frame should wait."""


class Workspace(ReportedState, Questions):
    """One open project, from `open` to `close`."""

    def __init__(
        self, project: Project, *, watch: bool = True, check_patches: bool = False
    ) -> None:
        """Show what is known from the last time; start nothing yet.

        With `watch` false, files are not watched (for commands that run once). With
        `check_patches`, the engine's facts say which of its patches cannot be used.
        """
        super().__init__(project)
        self._engine.check_patches = check_patches
        self._watch = watch
        self._reparsing = Reparsing(self._engine, self)
        self._is_owed_history = False
        self._watching: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    @cached_property
    def schedules(self) -> ScheduleService:
        """The schedules of the project; imported after the first frame."""
        from tui.schedules.service import ScheduleService

        return ScheduleService(self.state.project, self)

    @cached_property
    def _arming(self) -> Arming:
        from tui.workspace.auto_build import Arming

        return Arming(self)

    # ------------------------------------------------------------------ life

    def restore(self, *, at_once: bool = True) -> None:
        """Take the graph and the history of the last time into the state, if there are any.

        Unless `at_once`, `open` reads the history of a large project, so that its tree can be
        painted before: its assets have no status until then.
        """
        project = self.state.project
        saved = self._graphs.load()
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
        return self._graphs.path.exists()

    def launch(self) -> None:
        """Start the engine's process already, before there is a loop: its import of dbt is long."""
        self.state.project.prepare_state_dir()
        with contextlib.suppress(DbtreeError):  # `open` tries again, and says what is wrong
            self._engine.launch()

    async def open(self) -> None:
        """Start the engine and the watcher, and follow the active runs."""
        self.state.project.prepare_state_dir()
        if self._is_owed_history:
            self._is_owed_history = False
            self._desk.restore(self.state.target)
            self._restate(runs=self._desk.runs, history=self._desk.history)
        await self._engine.open()
        await self._desk.open()
        if self._watch:
            self._relations.open()
            self.schedules.open()
            self._watching = asyncio.create_task(self._follow_files())
            self._looking = asyncio.create_task(self._follow_freshness())

    async def close(self, *, runs: str = "detach") -> None:
        """End the engine and the watcher.

        Runs that go on are left alone (`detach`), waited for (`wait`) or cancelled (`cancel`).
        """
        self._arming.close()
        self._relations.close()
        if self._looking is not None:
            self._looking.cancel()
        if self._watching is not None:
            self._watching.cancel()
        self.schedules.close()
        await self._desk.close(runs)
        self._reparsing.close()
        self._publish_no_more()
        self._graphs.close()
        # A parse that nobody waits for is worth nothing: only a warm engine has things to save.
        await self._engine.close(kill=self.state.phase in ("starting", "parsing"))

    async def idle(self) -> None:
        """Wait until idle: parsed (or failed), no run, nothing queued."""
        await self.until(
            lambda state: (
                state.phase in ("ready", "gone")
                and not self._reparsing.is_owed
                and not state.is_busy
                and not self._desk.is_following
                and not self._relations.is_going_on
            )
        )

    @property
    def engine_pid(self) -> int:
        """The process id of the engine, 0 while there is none."""
        return self._engine.pid

    @property
    def is_parsing(self) -> bool:
        """Whether saved files wait for their parse."""
        return self._reparsing.is_going_on

    # ---------------------------------------------------------------- wishes

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it while dbt or another run is in its way.

        Returns its id; empty where it cannot be.
        """
        if self.state.project.readonly:
            self.tell("read-only: runs are disabled (--readonly)")
            return ""
        if self.state.phase == "gone":
            self.restart_engine()
        run_id = self._desk.enqueue(plan)
        if run_id and self.state.waits_for_dbt:
            self.tell(f"{plan.label}: queued · {self._what_is_awaited()}")
        return run_id

    def _what_is_awaited(self) -> str:
        problems = self.state.problems
        if self.state.phase == "ready" and problems:
            return f"dbt cannot read the project: {problems[0].message.partition(chr(10))[0]}"
        return "waiting for dbt"

    def move(self, run_id: str, steps: int) -> None:
        """Let a queued run start so many places later (or sooner, if negative)."""
        self._desk.move(run_id, steps)

    def schedules_changed(self, schedules: Schedules) -> None:
        """Schedules, their switches or their ticks are new."""
        self._set(schedules=schedules)

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        """Set what a save of these assets triggers; None turns it off."""
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
        self._reparsing.parse(paths, full=full)

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
                self._graphs.leave(before.target, before.graph)
            graph = self._graphs.come_back(self.state.target)
            if graph is None:
                graph = before.graph
            self._desk.restore(self.state.target)
            self._restate(
                graph=graph, is_confirmed=False, problems=(), edited={},
                runs=self._desk.runs, history=self._desk.history,
            )  # fmt: skip
        if (project.target, project.vars) != (before.project.target, before.project.vars):
            self.restart_engine()

    def look_at_relations(self) -> None:
        """Look again which relations of what was built are in the database, and say it."""
        state = self.state
        if state.active is not None or state.starting:
            self.tell("a run is in progress: the database is checked when it ends")
        self._relations.look(self.tell)

    def restart_engine(self) -> None:
        """Start a new engine while the screen stays open; runs continue."""
        self._set(phase="restarting", progress=None)
        self._engine.restart()

    # ------------------------------------------------------- files → facts

    async def _follow_files(self) -> None:
        engine = self.state.engine
        from tui.watch.watcher import watch_project  # after the first frame

        async for changes in watch_project(self.state.project, lambda: self.state.engine or engine):
            if changes.restart:
                self.restart_engine()
            elif changes.parse:
                self.reparse(changes.parse)

    async def _follow_freshness(self) -> None:
        """Notice when `dbt source freshness` has run, wherever it did."""
        async for found in source_freshness.follow_freshness(self._target_directory):
            self._set(freshness=found)

    def _target_directory(self) -> Path:
        engine = self.state.engine
        return self.state.project.root / (engine.target_path if engine else "target")

    # ------------------------------------------------- what else hangs on reports

    def definitions_loaded(self, report: DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded again: maybe with other schedules."""
        super().definitions_loaded(report)
        self.schedules.refresh()
