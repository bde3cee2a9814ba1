"""What an open project is to those above it: screens, headless commands, and the tests' fake.

Only the standard library and values are named here. `Workspace` is the thing itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui.protocol.profiles import SAMPLE

if TYPE_CHECKING:
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
    from tui.refactoring.edits import Change
    from tui.refactoring.new_asset import Draft, Surroundings
    from tui.runs.comparison import AssetDifference, Comparison
    from tui.runs.log import RunLog
    from tui.runs.plan import RunPlan
    from tui.runs.queue import BackfillStopped
    from tui.runs.values import CheckResult, Materialization, Run
    from tui.schedules.automation import ConditionView
    from tui.schedules.sensor_values import Sensor
    from tui.schedules.values import Schedule
    from tui.workspace.auto_build_values import Mode
    from tui.workspace.properties_proposal import Proposal
    from tui.workspace.state import WorkspaceState


class QueriesApi(Protocol):
    """Answers what the state does not hold."""

    @property
    def state(self) -> WorkspaceState:
        """What is current."""

    async def describe(self, unique_id: str, *, compile: bool = False) -> Described:
        """Everything about one asset or check. Raises EngineError."""

    async def select(
        self,
        select: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        command: str = "build",
        selector: str = "",
    ) -> frozenset[str]:
        """The unique_ids that dbt selects. Raises SelectionError, or EngineError."""

    async def preview(
        self, unique_id: str, *, limit: int = 100, where: str = "", order_by: str = ""
    ) -> Previewed:
        """The first rows of an asset, or those that make a check fail. Raises EngineError."""

    async def inspect(self, unique_id: str) -> Inspected:
        """What the database has of an asset. Raises EngineError."""

    async def find_relations(self) -> str:
        """Look which relations are in the database; says why not all of that is known."""

    async def count_partitions(self) -> None:
        """Count the partitions of assets, so that their statuses are final."""

    async def look_at_git(self) -> str:
        """Ask git now what the branch changes; says what it cannot tell."""

    async def changed_since(self, name: str) -> frozenset[str]:
        """The assets that differ from another branch. Raises SelectionError."""

    async def export(
        self, unique_id: str, path: Path, *, where: str = "", order_by: str = ""
    ) -> Exported:
        """Write all rows of a preview to a CSV file. Raises EngineError."""

    async def profile(self, unique_id: str, *, sample: int = SAMPLE) -> Profiled:
        """What the columns of an asset hold, in so many rows at most. Raises EngineError."""

    def forget_profile(self, unique_id: str) -> None:
        """Count again the next time."""

    async def compile_query(self, unique_id: str, sql: str) -> QueryCompiled:
        """What dbt makes of a query with Jinja. Raises EngineError, with the line."""

    async def query(
        self, unique_id: str, code: str, *, limit: int, explain: bool = False
    ) -> Previewed:
        """The first rows of compiled SQL. Raises EngineError, with the line."""

    async def export_query(self, unique_id: str, code: str, path: Path) -> Exported:
        """Write all rows of compiled SQL to a file. Raises EngineError."""

    async def stop(self, unique_id: str) -> None:
        """End the profile and the queries of an asset that are being answered."""

    async def materializations(self, unique_id: str) -> list[Materialization]:
        """What runs made of an asset on this target, newest first."""

    async def check_results(self, unique_id: str) -> list[CheckResult]:
        """The results of a check on this target, newest first."""

    async def durations(self, unique_ids: Sequence[str]) -> dict[str, float]:
        """How long assets and checks took lately, in seconds, where known."""

    async def compare(self, first: str, second: str = "") -> Comparison:
        """Two runs side by side, or one with the latest good run like it. Raises RunError."""

    async def difference(self, comparison: Comparison, unique_id: str) -> AssetDifference:
        """What differs in what an asset was built from in two runs."""

    def run(self, run_id: str) -> Run | None:
        """One run with all its nodes."""

    def log(self, run_id: str) -> RunLog:
        """The log of a run, for reading lines of it."""


class DataDiffsApi(Protocol):
    """Compares the data of assets."""

    async def diff(
        self, unique_id: str, *, against: str = "", key: Sequence[str] = (), tolerance: float = 0.0
    ) -> DataDiffed:
        """What differs since the baseline, or from another target. Raises EngineError."""

    async def stop_diff(self) -> None:
        """End the diff that goes on. Raises EngineError."""

    async def keep_baselines(self, unique_ids: Iterable[str], *, on: bool) -> None:
        """Have baselines taken before builds, or drop them. Raises EngineError."""


class PropertiesApi(Protocol):
    """Finds what is missing in the YAML about assets."""

    async def propose(self, unique_id: str, *, with_tests: bool = True) -> Proposal:
        """What is missing about an asset. Raises EngineError or ProjectError."""


class RefactoringsApi(Protocol):
    """Makes changes of the project's files that keep what dbt sees whole."""

    async def rename(self, unique_id: str, new: str) -> Change:
        """A new name for an asset. Raises ProjectError."""

    async def surroundings(self, unique_id: str) -> tuple[Surroundings, dict[str, Draft]]:
        """What a new asset that reads this one stands beside, and a first draft of each kind.
        Raises ProjectError.
        """


class EditsApi(Protocol):
    """Writes changes of files."""

    def write(self, change: Change) -> None:
        """Write all of its files, or none. Raises ProjectError."""

    def undo(self) -> Change | None:
        """Take back what was written last; None where there is nothing. Raises ProjectError."""


class SchedulesApi(Protocol):
    """The schedules of an open project."""

    def look(self) -> None:
        """Read schedules, switches and ticks anew, and publish them. Raises RunError."""

    def named(self, name: str) -> Schedule | Sensor:
        """The schedule or sensor of a name. Raises RunError for an unknown one."""

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a schedule or sensor on or off. Raises RunError."""

    def run_now(self, name: str) -> None:
        """Start what a schedule runs, or evaluate a sensor, whatever the time. Raises RunError."""

    def conditions(self, name: str) -> list[ConditionView]:
        """What came of a sensor's automation conditions at its latest tick. Raises RunError."""

    async def preview(self, sensor: Sensor) -> SensorEvaluated:
        """What an evaluation of a sensor would ask for now. Raises DbtreeError."""

    async def plan(self, schedule: Schedule, partition: str = "") -> RunPlan:
        """What a schedule would run now, of a partition where it asks for one.

        Raises SelectionError, or EngineError.
        """


class PartitionsApi(Protocol):
    """The keys of dynamic partitions."""

    def names(self) -> list[str]:
        """The names of all definitions that assets have."""

    def keys(self, name: str) -> list[str]:
        """The keys of a definition. Raises RunError for an unknown one."""

    def add(self, name: str, keys: Iterable[str]) -> list[str]:
        """Add keys; those that are new. Raises RunError."""

    def delete(self, name: str, keys: Iterable[str]) -> list[str]:
        """Delete keys; those that were there. Raises RunError."""


class WorkspaceApi(Protocol):
    """One open project: its state, its queries, and the requests that it takes."""

    @property
    def state(self) -> WorkspaceState:
        """What is current."""

    @property
    def queries(self) -> QueriesApi:
        """Answers what the state does not hold."""

    @property
    def diffs(self) -> DataDiffsApi:
        """Compares the data of assets."""

    @property
    def properties(self) -> PropertiesApi:
        """What is missing in the YAML."""

    @property
    def refactorings(self) -> RefactoringsApi:
        """New names and new assets, as changes of files."""

    @property
    def edits(self) -> EditsApi:
        """Writes changes of files, and takes them back."""

    @property
    def schedules(self) -> SchedulesApi:
        """The schedules of the project."""

    @property
    def partitions(self) -> PartitionsApi:
        """The keys of dynamic partitions."""

    def subscribe(self, subscriber: Callable[[WorkspaceState], None]) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Wait until something holds of the state; returns that state."""

    @property
    def is_awaited(self) -> bool:
        """Whether the engine has answered before it was opened: its answer is there to be read."""

    async def open(self) -> None:
        """Start the engine and the watcher, and follow the runs that go on."""

    async def open_engine(self) -> None:
        """The first half of `open`, where that is not to wait for the rest: have the engine's
        answer read.
        """

    async def close(self, *, runs: str = "detach") -> None:
        """End them. Runs are left alone (`detach`), waited for (`wait`) or cancelled (`cancel`)."""

    def notify(self, words: str) -> None:
        """Say something to the user in the status line."""

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it. Returns its id; empty where it cannot be."""

    def backfill(self, plans: Iterable[RunPlan]) -> None:
        """Queue runs one after the other while keys are taken. The first that cannot be ends it."""

    def stop_backfill(self, nodes: Collection[str]) -> BackfillStopped:
        """Drop the runs of partitions of these assets that have not started: those that wait, and
        those that were yet to be queued.
        """

    def start_run(self, **fields: Any) -> Awaitable[RunForked | Refused]:
        """Have the engine fork a run at once, whatever else runs. Raises EngineError."""

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop; the second time kill it. A queued one is dropped."""

    def move(self, run_id: str, steps: int) -> None:
        """Let a queued run start so many places later (or sooner, if negative)."""

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        """Let a save of these assets do something by itself; None ends it."""

    def rework(self, **settings: Any) -> None:
        """Go on with other settings of the project: target, vars, threads. Raises ProjectError."""

    async def defer(self, where: str) -> str:
        """Read what is not built here from another state; returns what came of it, in words."""

    async def note_external_runs(self) -> bool:
        """Record now the runs of dbt that have ended elsewhere, and take them in. Whether there
        were any.
        """

    def trace_columns(self) -> None:
        """Trace where columns come from, from now on; the state then has what was found."""

    async def compile_for_columns(self, unique_id: str) -> bool:
        """Let the database say what the SQL of an asset is, where nothing else can, to trace it.
        Whether that was done: the state then has its columns soon.
        """

    def look_at_relations(self) -> None:
        """Look again which relations of what was built are in the database, and say it."""
