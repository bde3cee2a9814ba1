"""A workspace that stands still: shows the states it is given and records what is requested.

The one fake, at the one seam between the screen and everything below it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tui.errors import EngineError, ProjectError, RunError, SelectionError
from tui.graph import CheckResult, Materialization
from tui.protocol import events
from tui.protocol.messages import (
    DataDiffed,
    Described,
    Exported,
    Inspected,
    Previewed,
    Profiled,
    QueryCompiled,
    Refused,
    RunForked,
    SensorEvaluated,
)
from tui.protocol.profiles import SAMPLE
from tui.refactoring.edits import Change
from tui.refactoring.new_asset import Draft, Surroundings
from tui.runs.comparison import (
    AssetDifference,
    Comparison,
    baseline_of,
    compare,
    difference,
    in_order,
)
from tui.runs.log import RunLog
from tui.runs.plan import RunPlan
from tui.runs.queue import BackfillStopped
from tui.runs.values import Run
from tui.schedules.service import ScheduleService
from tui.schedules.views import Schedules
from tui.workspace.auto_build_values import Armed, Mode
from tui.workspace.partition_keys import PartitionKeys
from tui.workspace.properties_proposal import Proposal
from tui.workspace.state import WorkspaceState

Answer = TypeVar("Answer")


async def _answered(found: Answer | Exception | asyncio.Event) -> Answer:
    """What was prepared as the answer; an event is waited for until the question is stopped."""
    if isinstance(found, asyncio.Event):
        await found.wait()
        raise EngineError("It was stopped.")
    if isinstance(found, Exception):
        raise found
    return found


class StillProperties:
    """A `PropertiesApi` that knows what it was told."""

    def __init__(self) -> None:
        self.proposals: dict[str, Proposal] = {}

    async def propose(self, unique_id: str, *, with_tests: bool = True) -> Proposal:
        if unique_id not in self.proposals:
            raise EngineError("It is not in the database: build it first.")
        return self.proposals[unique_id]


class StillRefactorings:
    """A `RefactoringsApi` that knows what it was told."""

    def __init__(self) -> None:
        self.renames: dict[tuple[str, str], Change] = {}
        self.around: dict[str, tuple[Surroundings, dict[str, Draft]]] = {}

    async def rename(self, unique_id: str, new: str) -> Change:
        if (unique_id, new) not in self.renames:
            raise ProjectError(f"{new} is taken: model models/{new}.sql.")
        return self.renames[unique_id, new]

    async def surroundings(self, unique_id: str) -> tuple[Surroundings, dict[str, Draft]]:
        if unique_id not in self.around:
            raise ProjectError("It is not a model, seed, snapshot or source: nothing reads it.")
        return self.around[unique_id]


class StillEdits:
    """An `EditsApi` that writes nothing."""

    def __init__(self) -> None:
        self.written: list[Change] = []

    def write(self, change: Change) -> None:
        self.written.append(change)

    def undo(self) -> Change | None:
        return self.written.pop() if self.written else None


class StillWorkspace:
    """A `WorkspaceApi` without an engine, which answers its queries itself."""

    def __init__(self, state: WorkspaceState, runs_dir: Path) -> None:
        self.state = state
        self.runs_dir = runs_dir
        self.plans: list[RunPlan] = []
        self.cancelled: list[str] = []
        self.backfill_stopped = BackfillStopped()
        """What comes of stopping one."""
        self.stopped_backfills: list[frozenset[str]] = []
        self.moved: list[tuple[str, int]] = []
        self.notices: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.selects: dict[str, set[str]] = {}
        """What dbt would select, by selector; a named one as `selector:name`."""
        self.relations: dict[str, Inspected | Exception] = {}
        self.rows: dict[str, Previewed | Exception | asyncio.Event] = {}
        self.previews: list[tuple[str, int, str, str]] = []
        self.yaml = StillProperties()
        self.refactorings = StillRefactorings()
        self.edits = StillEdits()
        self.data_diffs: dict[str, DataDiffed | Exception] = {}
        """What a diff finds, by the target that is compared with."""
        self.diffed: list[tuple[str, str, tuple[str, ...]]] = []
        self.stopped_diffs = 0
        self.exports: list[tuple[str, Path, str, str]] = []
        self.profiles: dict[str, Profiled | Exception | asyncio.Event] = {}
        self.profile_requests: list[str] = []
        self.compiled_queries: dict[str, str | Exception] = {}
        """What dbt makes of queries, by their text; any other one stays as it is."""
        self.answers: dict[str, Previewed | Exception | asyncio.Event] = {}
        """What the database answers, by the SQL; an event is waited for until it is stopped."""
        self.queried: list[str] = []
        self.stops: list[str] = []
        self.records: dict[str, list[Materialization]] = {}
        self.results: dict[str, list[CheckResult]] = {}
        self.recorded: dict[str, dict[str, Materialization]] = {}
        """What runs recorded of their nodes, by the run's id."""
        self.trends: dict[str, list[float]] = {}
        self.code: dict[str, str] = {}
        self.closed: str | None = None
        self.deferred = ""
        self.looks = 0
        """How often the user had the database looked at."""
        self.branches: dict[str, frozenset[str]] = {}
        """What is changed since a branch."""
        self.traces = 0
        """How often it was asked where columns come from."""
        self.evaluated: dict[str, SensorEvaluated] = {}
        """What the functions of sensors answer, by name."""
        self.evaluations: list[tuple[str, dict[str, Any]]] = []
        self._logs: dict[str, RunLog] = {}
        self._subscribers: list[Callable[[WorkspaceState], None]] = []
        self.schedules = ScheduleService(state.project, self, self._show_schedules)
        self.partitions = PartitionKeys(
            lambda: self.state, lambda stamp: self.publish(partition_keys=stamp)
        )

    @property
    def queries(self) -> StillWorkspace:
        return self

    @property
    def properties(self) -> StillProperties:
        return self.yaml

    @property
    def diffs(self) -> StillWorkspace:
        return self

    async def diff(
        self, unique_id: str, *, against: str = "", key: Sequence[str] = (), tolerance: float = 0.0
    ) -> DataDiffed:
        self.diffed.append((unique_id, against, tuple(key)))
        found = self.data_diffs.get(against, EngineError("There is no baseline of it."))
        if isinstance(found, Exception):
            raise found
        return found

    async def stop_diff(self) -> None:
        self.stopped_diffs += 1

    async def keep_baselines(self, unique_ids: Iterable[str], *, on: bool) -> None:
        before = self.state.baselines
        self.publish(baselines=before | set(unique_ids) if on else before - set(unique_ids))

    def _show_schedules(self, schedules: Schedules) -> None:
        self.publish(schedules=schedules)

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Nothing moves here, so there is nothing to wait for."""
        return self.state

    def subscribe(self, subscriber: Callable[[WorkspaceState], None]) -> Callable[[], None]:
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def note_external_runs(self) -> bool:
        """Nothing runs elsewhere."""
        return False

    def look_at_relations(self) -> None:
        self.looks += 1

    async def evaluate_sensor(self, name: str, **asked: Any) -> SensorEvaluated:
        self.evaluations.append((name, asked))
        return self.evaluated[name]

    async def look_at_git(self) -> str:
        return ""

    async def changed_since(self, name: str) -> frozenset[str]:
        if name not in self.branches:
            raise SelectionError(f"git knows no branch or commit {name}.")
        return self.branches[name]

    async def compile_for_columns(self, unique_id: str) -> bool:
        return False

    def trace_columns(self) -> None:
        self.traces += 1

    is_awaited = False

    async def open_engine(self) -> None:
        """It has none."""

    async def open(self) -> None:
        self.publish(self.state)

    async def close(self, *, runs: str = "detach") -> None:
        self.closed = runs

    def publish(self, state: WorkspaceState | None = None, **changes: Any) -> None:
        """Show another state, or this one with some facts changed."""
        self.state = replace(state or self.state, **changes)
        for subscriber in list(self._subscribers):
            subscriber(self.state)

    def materialize(self, plan: RunPlan) -> str:
        self.plans.append(plan)
        return plan.run_id or f"run{len(self.plans)}"

    def backfill(self, plans: Iterable[RunPlan]) -> None:
        self.plans.extend(plans)

    def stop_backfill(self, nodes: Collection[str]) -> BackfillStopped:
        self.stopped_backfills.append(frozenset(nodes))
        return self.backfill_stopped

    def start_run(self, **fields: Any) -> Awaitable[RunForked | Refused]:
        raise EngineError("the dbt engine is not running")

    def rework(self, **settings: Any) -> None:
        self.publish(project=replace(self.state.project, **settings))

    async def defer(self, where: str) -> str:
        self.deferred = where
        return f"deferring to {where}"

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        armed = dict(self.state.armed)
        for key in unique_ids:
            if mode is None:
                armed.pop(key, None)
            else:
                armed[key] = Armed(mode)
        self.publish(armed=armed)

    def move(self, run_id: str, steps: int) -> None:
        self.moved.append((run_id, steps))

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)

    def notify(self, words: str) -> None:
        self.notices.append(words)
        self.publish(notice=words, notice_at=time.time())

    async def describe(self, unique_id: str, *, compile: bool = False) -> Described:
        if unique_id not in self.facts:
            raise EngineError("no such node")
        return Described(0, unique_id, self.facts[unique_id])

    async def durations(self, unique_ids: Sequence[str]) -> dict[str, float]:
        built = self.state.history.built
        return {key: built[key].duration for key in unique_ids if key in built}

    async def select(
        self, select: Sequence[str], exclude: Sequence[str] = (), *, command: str = "build",
        selector: str = "",
    ) -> frozenset[str]:  # fmt: skip
        found: set[str] = set()
        for text in [f"selector:{selector}"] if selector else select:
            if text not in self.selects:
                raise SelectionError(f"Could not find selector named {text}, expected another")
            found |= self.selects[text]
        return frozenset(found)

    async def inspect(self, unique_id: str) -> Inspected:
        if unique_id not in self.relations:
            raise EngineError("no such relation")
        found = self.relations[unique_id]
        if isinstance(found, Exception):
            raise found
        return found

    async def preview(
        self, unique_id: str, *, limit: int = 100, where: str = "", order_by: str = ""
    ) -> Previewed:
        self.previews.append((unique_id, limit, where, order_by))
        return await _answered(self.rows.get(unique_id, EngineError("no such relation")))

    async def find_relations(self) -> str:
        return ""

    async def count_partitions(self) -> None:
        return None

    async def export(
        self, unique_id: str, path: Path, *, where: str = "", order_by: str = ""
    ) -> Exported:
        self.exports.append((unique_id, path, where, order_by))
        return Exported(0, str(path), 220)

    async def profile(self, unique_id: str, *, sample: int = SAMPLE) -> Profiled:
        self.profile_requests.append(unique_id)
        found = self.profiles.get(unique_id, EngineError("no such relation"))
        return await _answered(found)

    def forget_profile(self, unique_id: str) -> None:
        pass

    async def compile_query(self, unique_id: str, sql: str) -> QueryCompiled:
        found = self.compiled_queries.get(sql.strip(), sql)
        if isinstance(found, Exception):
            raise found
        lines = list(range(1, found.count("\n") + 2))
        return QueryCompiled(0, unique_id, found, lines)

    async def query(
        self, unique_id: str, code: str, *, limit: int, explain: bool = False
    ) -> Previewed:
        self.queried.append(("explain " if explain else "") + code)
        return await _answered(self.answers.get(code.strip(), EngineError("no such table")))

    async def export_query(self, unique_id: str, code: str, path: Path) -> Exported:
        self.exports.append((unique_id, path, code, ""))
        return Exported(0, str(path), 220)

    async def stop(self, unique_id: str) -> None:
        self.stops.append(unique_id)
        for answer in (*self.answers.values(), *self.profiles.values(), *self.rows.values()):
            if isinstance(answer, asyncio.Event):
                answer.set()

    async def materializations(self, unique_id: str) -> list[Materialization]:
        return self.records.get(unique_id, [])

    async def check_results(self, unique_id: str) -> list[CheckResult]:
        return self.results.get(unique_id, [])

    async def compare(self, first: str, second: str = "") -> Comparison:
        run = self.run(first)
        other = self.run(second) if second else run and baseline_of(run, self.state.runs)
        if run is None or other is None:
            raise RunError(f"No earlier run of the same selection as {first} went well.")
        then, now = in_order(run, other)
        was, made = (self.recorded.get(one.run_id, {}) for one in (then, now))
        return compare(then, now, was, made, self.trends)

    async def difference(self, comparison: Comparison, unique_id: str) -> AssetDifference:
        was, made = (
            self.recorded.get(run.run_id, {}).get(unique_id)
            for run in (comparison.then, comparison.now)
        )
        return difference(was, made, self.code)

    def run(self, run_id: str) -> Run | None:
        return next((run for run in self.state.runs if run.run_id == run_id), None)

    def run_dir(self, run_id: str) -> Path:
        return self.runs_dir / run_id

    def log(self, run_id: str) -> RunLog:
        if run_id not in self._logs:
            self._logs[run_id] = RunLog(self.run_dir(run_id))
        log = self._logs[run_id]
        log.poll()
        return log

    def write_log(self, run_id: str, lines: Iterable[events.LogLine]) -> None:
        """Append lines to the log of a run, as its process would."""
        self.run_dir(run_id).mkdir(parents=True, exist_ok=True)
        with (self.run_dir(run_id) / "events.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(events.to_line(line) + "\n" for line in lines)
