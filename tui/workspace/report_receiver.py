"""Receives what the engine and the runs report, and makes the next state of it.

Facts come up through here alone: the reducer takes each into the state, statuses are computed
anew, the store publishes. What has to follow is asked of the parts: a run that waited may start,
the graph is saved for the next start, the database is looked at.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tui.engine_client.listener import ParseOutcome
from tui.graph import AssetGraph, GraphChanges, Problem
from tui.project.project import Project
from tui.protocol import messages
from tui.runs.service import RunService
from tui.schedules.views import Schedules
from tui.workspace import reducer
from tui.workspace.auto_build_values import Armed
from tui.workspace.graph_cache import GraphCache
from tui.workspace.relation_watch import RelationWatch
from tui.workspace.run_warnings import RunWarnings
from tui.workspace.state import WorkspaceState
from tui.workspace.store import WorkspaceStore
from tui.workspace.warning_memory import WarningMemory


class ReportReceiver:
    """The listener of the engine's session (`EngineListener`) and of the runs (`RunListener`)."""

    _runs: RunService
    _graphs: GraphCache
    _relations: RelationWatch
    _run_warnings: RunWarnings

    def __init__(
        self,
        store: WorkspaceStore,
        refresh_schedules: Callable[[], None],
        code_read: Callable[[Mapping[str, str]], None],
    ) -> None:
        """`refresh_schedules` reads them anew, since other definitions may have others; `code_read`
        takes the SQL that the engine was asked for.
        """
        self._code_read = code_read
        self._store = store
        project = store.state.project
        self._warnings = WarningMemory(project.root, project.state_dir)
        self._refresh_schedules = refresh_schedules
        self._owes_statuses = False

    def connect(
        self,
        runs: RunService,
        graphs: GraphCache,
        relations: RelationWatch,
        run_warnings: RunWarnings,
    ) -> None:
        """Name the parts that have to do something about reports; they are made with this one."""
        self._runs, self._graphs, self._relations = runs, graphs, relations
        self._run_warnings = run_warnings

    # ---------------------------------------------------------------- the engine

    def engine_starting(self, restart: bool) -> None:
        """A process was started."""
        self._store.put(reducer.engine_starting(self._store.state, restart=restart))

    def engine_ready(self, facts: messages.EngineReady) -> None:
        """The engine has imported dbt and read the project's configuration."""
        before = self._store.state.target
        self._store.put(reducer.engine_ready(self._store.state, facts))
        if self._store.state.target != before:
            self.restore_runs()

    def parse_progressed(self, progress: messages.ParseProgress) -> None:
        """A long parse went on."""
        self._store.put(reducer.parse_progressed(self._store.state, progress))

    def diff_progressed(self, progress: messages.DiffProgress) -> None:
        """A data diff went on."""
        self._store.set(diff_progress=progress)

    def parse_began(self) -> None:
        """Saved files were given to the engine."""
        self._store.put(reducer.parse_began(self._store.state))

    def graph_loaded(self, graph: AssetGraph, outcome: ParseOutcome) -> None:
        """A whole graph replaces the one before; a provisional one only an empty one."""
        if graph.provisional:
            guessed = reducer.graph_guessed(self._store.state, graph)
            if guessed is not self._store.state:
                self._restate(guessed)
            return
        self._take_graph(graph, outcome)

    def graph_confirmed(self, name: str, outcome: ParseOutcome) -> bool:
        """The graph of the last time is still the project's."""
        graph = self._graphs.confirmed(name)
        if graph is not None:
            self._take_graph(graph, outcome)
        return graph is not None

    def _take_graph(self, graph: AssetGraph, outcome: ParseOutcome) -> None:
        before, outcome = self._store.state, self._remembering(outcome)
        after = reducer.graph_loaded(before, graph, outcome)
        # Of the graph of the last time, the statuses are there already.
        self._restate(after, set() if after.graph.is_alike(before.graph) else None)
        self._graphs.save_soon()
        # Tens of thousands of values that stay: the collector need not walk them every time.
        gc.freeze()
        self._runs.start_next()
        self._relations.look()

    def graph_changed(self, changes: GraphChanges, outcome: ParseOutcome) -> None:
        """An edit was parsed: the tree shows its consequence."""
        before, outcome = self._store.state, self._remembering(outcome)
        self._restate(
            reducer.graph_changed(before, changes, outcome, time.time()),
            reducer.changed_nodes(before, changes),
        )
        self._graphs.save_soon()
        self._runs.start_next()
        if not before.is_confirmed:
            self._relations.look()

    def _remembering(self, outcome: ParseOutcome) -> ParseOutcome:
        """The outcome with the warnings of the files that this parse did not read, too."""
        known = self._warnings.after(outcome.warnings)
        self._warnings.save_soon()
        return replace(outcome, warnings=known)

    def edit_seen(self, changes: GraphChanges) -> None:
        """What an edit changes as far as its files say: shown until dbt has parsed them."""
        before = self._store.state
        seen = reducer.edit_seen(before, changes, time.time())
        if seen is not before:
            self._restate(seen, reducer.changed_nodes(before, changes))

    def assets_compiled(self, changes: GraphChanges, left: int, code: Mapping[str, str]) -> None:
        """What some assets are compiled to was found out: it may say that they are not stale."""
        state = self._store.state
        if code:
            self._code_read(code)
        if state.is_confirmed:
            if words := reducer.compile_words(state, changes):
                self._store.notify(words)
                state = self._store.state
            after = reducer.assets_compiled(state, changes, left)
            self._restate(after, reducer.changed_nodes(state, changes))
            if changes.compiled:
                self._graphs.save_soon()

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """The project cannot be parsed as it stands."""
        self._store.put(reducer.parse_failed(self._store.state, problems))
        self._runs.start_next()

    def run_exited(self, run_id: str, code: int) -> None:
        """The process of a run is gone: its log is looked at at once."""
        self._runs.look_at(run_id)

    def definitions_loaded(self, report: messages.DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded anew: maybe with other schedules."""
        self._store.set(definitions=report)
        self._refresh_schedules()

    def output_printed(self, text: str) -> None:
        """Something was printed while the project was parsed: no concern of a tree's reader."""

    def engine_gone(self, problem: Problem) -> None:
        """The engine is gone and will not come back by itself."""
        self._store.put(reducer.engine_gone(self._store.state, problem))

    # ------------------------------------------------------------------ the runs

    def runs_changed(self, nodes: Iterable[str], busied: Iterable[str] = ()) -> None:
        """Runs, queue or history are new. `nodes` are those whose status may be; of the `busied`
        nothing else changed but whether they wait or are worked on.
        """
        self._restate(self._with_runs(self._store.state), set(nodes), busied)

    def run_ended(self) -> None:
        """A run on this target is over: what it made is looked for, and what dbt warned of."""
        self._relations.look()
        self._run_warnings.look()

    def notify(self, words: str, run_id: str = "") -> None:
        """Say something to the user; with a run's id, until that is over."""
        self._store.notify(words, run_id)

    # ------------------------------------------------------ schedules, auto-build

    def schedules_changed(self, schedules: Schedules) -> None:
        """Schedules, their switches or their ticks are new."""
        self._store.set(schedules=schedules)

    def armed_changed(self, armed: Mapping[str, Armed]) -> None:
        """Other assets are armed, or something came of a save."""
        self._store.set(armed=armed)

    # ------------------------------------------------------------- what is restored

    def restore_runs(self) -> None:
        """Take in what earlier runs left on the target in use."""
        self._runs.restore(self._store.state.target)
        self._restate(self._with_runs(self._store.state))

    def restore_warnings(self) -> None:
        """Take in what dbt warned of the last time, of files that are as they were."""
        self._store.set(warnings=self._warnings.load())

    def restore_run_list(self) -> None:
        """As `restore_runs`, but for the history: no asset has a status until that is restored."""
        self._runs.restore(self._store.state.target, with_history=False)
        self._store.set(runs=self._runs.runs)

    def target_changed(self, project: Project) -> None:
        """The project is open on another target, which has a graph and a history of its own."""
        before = self._store.state
        if before.is_confirmed:
            self._graphs.leave(before.target, before.graph)
        self._store.set(project=project)
        known = self._graphs.come_back(self._store.state.target)
        self._runs.restore(self._store.state.target)
        self._restate(self._with_runs(reducer.target_changed(self._store.state, known)))
        self._run_warnings.look()

    # -------------------------------------------------------------- the statuses

    def owe_statuses(self) -> None:
        """Leave statuses as they are until `settle_statuses`, whatever is reported: nobody looks at
        them before.
        """
        self._owes_statuses = True

    def settle_statuses(self) -> None:
        """Compute all statuses, where they are owed."""
        if self._owes_statuses:
            self._owes_statuses = False
            self._restate(self._store.state)

    def _with_runs(self, state: WorkspaceState) -> WorkspaceState:
        runs = self._runs
        return reducer.runs_changed(
            state, runs=runs.runs, queue=runs.queue.plans, starting=runs.starting_plan,
            history=runs.records.history,
        )  # fmt: skip

    def _restate(
        self, state: WorkspaceState, changed: set[str] | None = None, busied: Iterable[str] = ()
    ) -> None:
        """Publish a state with the statuses of what is touched computed anew (None: of all)."""
        if self._owes_statuses:
            self._store.put(state)
            return
        if changed is None or changed or busied:
            state = reducer.with_statuses(state, self._runs.activity(), changed, busied)
        self._store.put(state)
