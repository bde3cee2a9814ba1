"""Applies what the engine and the runs report to the state: graph, statuses, problems, runs."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tui.engine_client.session import EngineSession
from tui.graph import AssetGraph, GraphChanges, Problem, recompute, statuses, touched
from tui.project.project import Project
from tui.protocol import messages
from tui.runs.service import RunService
from tui.workspace.graph_cache import RememberedGraphs
from tui.workspace.relation_watch import RelationWatch
from tui.workspace.state import WorkspaceState
from tui.workspace.store import PublishedState

EDIT_SHOWN = 30.0
"""Seconds for which an edit is told."""


class ReportedState(PublishedState):
    """The state of one project as its engine and its runs tell it (see `EngineListener` and
    `RunListener`).
    """

    def __init__(self, project: Project) -> None:
        super().__init__(WorkspaceState(project))
        self._engine = EngineSession(project, self)
        self._desk = RunService(project, self)
        self._graphs = RememberedGraphs(lambda: self.state)
        self._relations = RelationWatch(
            lambda: self.state, self._engine.ask, self._desk, self._recheck
        )

    # ---------------------------------------------------------------- the engine

    def engine_starting(self, restart: bool) -> None:
        """A process was started."""
        self._set(phase="restarting" if restart else "starting", progress=None, has_parsed=False)

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
                self._restate(graph=graph)
            return
        self._restate(
            graph=graph, problems=_problems(report), warnings=tuple(report.warnings), phase="ready",
            progress=None, is_confirmed=True, has_parsed=True, parsed_in=report.elapsed,
        )  # fmt: skip
        self._graphs.save_soon()
        # Tens of thousands of values that stay: the collector need not walk them every time.
        gc.freeze()
        self._desk.start_next()
        self._relations.look()

    def graph_changed(self, changes: GraphChanges, report: messages.GraphChanged) -> None:
        """An edit was parsed: the tree shows its consequence."""
        was_confirmed = self.state.is_confirmed
        base = self.state.graph if was_confirmed else AssetGraph()
        now = time.time()
        edited = {key: at for key, at in self.state.edited.items() if now - at < EDIT_SHOWN}
        if was_confirmed:
            edited.update((asset.unique_id, now) for asset in changes.assets)
        self._restate(
            touched(base, changes) if was_confirmed else None,
            graph=base.apply(changes), problems=_problems(report), warnings=tuple(report.warnings),
            phase="ready", progress=None, is_confirmed=True, has_parsed=True, edited=edited,
            parsed_in=report.elapsed,
        )  # fmt: skip
        self._graphs.save_soon()
        self._desk.start_next()
        if not was_confirmed:
            self._relations.look()

    def parse_began(self) -> None:
        """Saved files were given to the engine."""
        if self.state.phase == "ready":
            self._set(phase="reparsing")

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """The project cannot be parsed in its present state; the last good graph stays."""
        self._set(problems=problems, phase="ready", progress=None)
        self._desk.start_next()

    def parse_refused(self, problem: Problem) -> None:
        """The engine would not parse at all."""
        self._set(problems=(problem,), phase="ready")

    def run_exited(self, run_id: str, code: int) -> None:
        """The process of a run is gone: its log is looked at at once."""
        self._desk.look_at(run_id)

    def definitions_loaded(self, report: messages.DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded again."""
        self._set(definitions=report)

    def output_printed(self, text: str) -> None:
        """Something was printed while the project was parsed: no concern of a tree's reader."""

    def engine_gone(self, problem: Problem) -> None:
        """The engine is gone and will not come back."""
        self._set(problems=(problem,), phase="gone", progress=None)

    # ------------------------------------------------------------------ the runs

    def runs_changed(self, nodes: Iterable[str], busied: Iterable[str] = ()) -> None:
        """Runs, queue or history are new. `nodes` are those whose status may be; of the `busied`
        nothing else changed but whether they wait or are worked on.
        """
        self._restate(
            set(nodes), busied, runs=self._desk.runs, queue=self._desk.queue.plans,
            starting=self._desk.starting, history=self._desk.history,
        )  # fmt: skip

    def run_ended(self) -> None:
        """A run on this target is over: what it made is looked for."""
        self._relations.look()

    @property
    def can_start(self) -> bool:
        """Whether the engine can take a run."""
        return self.state.can_start

    @property
    def graph(self) -> AssetGraph:
        """What runs are resolved against."""
        return self.state.graph

    @property
    def single_writer(self) -> bool:
        """Whether two runs on this target would be in each other's way."""
        return self.state.single_writer

    async def start_run(self, **fields: Any) -> Any:
        """Ask the engine to fork a run; its answer is RunForked or Refused."""
        return await self._engine.ask(messages.StartRun, **fields)

    # -------------------------------------------------------------- the statuses

    def _restate(
        self, changed: set[str] | None = None, busied: Iterable[str] = (), /, **facts: Any
    ) -> None:
        """Take new facts, and compute again the statuses of what they touch (None: of all)."""
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


def _problems(report: messages.GraphComplete | messages.GraphChanged) -> tuple[Problem, ...]:
    """What is wrong though dbt could parse: the Python definitions."""
    return tuple(Problem._make(row) for row in report.problems)
