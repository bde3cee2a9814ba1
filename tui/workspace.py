"""What is current: the graph, the statuses, the runs and the problems of one open project.

The workspace connects the engine, the watcher, the run queue and the history. It takes wishes
(methods named in the imperative) and publishes facts: a new `WorkspaceState`, at most once per
frame, to whoever subscribed. It runs on an asyncio loop and knows nothing of Textual; the screen
and the headless commands both stand on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tui.assets import AssetGraph, AssetStatus, Problem
from tui.project import Project
from tui.protocol.messages import Described, EngineReady, ParseProgress
from tui.runs.log import RunLog
from tui.runs.plan import RunPlan
from tui.runs.values import History, Run


@dataclass(frozen=True, eq=False)
class WorkspaceState:
    """All that a screen shows, as one value. Its large parts compare by identity."""

    project: Project
    graph: AssetGraph = field(default_factory=AssetGraph)
    statuses: Mapping[str, AssetStatus] = field(default_factory=dict)
    history: History = field(default_factory=History)
    runs: tuple[Run, ...] = ()
    """Newest first, active ones at the top; older ones without their nodes until asked for."""
    queue: tuple[RunPlan, ...] = ()
    """Waiting in this window, the next one first."""
    problems: tuple[Problem, ...] = ()
    """What keeps dbt from parsing; empty when the graph on the screen is dbt's truth."""
    warnings: tuple[str, ...] = ()
    phase: str = "starting"
    """starting (the interpreter, dbt's import), parsing (the first parse), ready, reparsing,
    restarting, gone (the engine died and will not come back by itself)."""
    progress: ParseProgress | None = None
    engine: EngineReady | None = None
    parsed_in: float = 0.0
    """Seconds that the latest parse took."""
    edited: Mapping[str, float] = field(default_factory=dict)
    """Assets that the latest edits changed: unique_id → when (seconds since the epoch)."""
    notice: str = ""
    """The latest thing to tell in the status line (`copied`, `no such run`), if any."""

    @property
    def active(self) -> Run | None:
        """The run that is going on, if any: the newest of them."""
        return next((run for run in self.runs if run.is_active), None)

    @property
    def is_confirmed(self) -> bool:
        """Whether dbt has confirmed the graph in this session."""
        return not self.graph.provisional and self.engine is not None


Subscriber = Callable[[WorkspaceState], None]


class Workspace:
    """One open project, from `open` to `close`."""

    def __init__(self, project: Project) -> None: ...

    state: WorkspaceState

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""
        ...

    async def open(self) -> None:
        """Show what is known from the last time, then start the engine and the watcher."""
        ...

    async def close(self, *, runs: str = "detach") -> None:
        """End watcher and engine. Runs go on (`detach`), are awaited (`wait`) or `cancel`led."""
        ...

    # -- wishes -------------------------------------------------------------

    def materialize(self, plan: RunPlan) -> None:
        """Start the run, or queue it where another one is in its way."""
        ...

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop (SIGINT); the second time kill it (SIGKILL). Drops a queued one."""
        ...

    def reparse(self, paths: Sequence[str] = (), *, full: bool = False) -> None:
        """Parse again, as if these files had been saved."""
        ...

    async def describe(self, unique_id: str, *, compile: bool = False) -> Described:
        """Everything about one asset or check. Raises EngineError while there is no engine."""
        ...

    async def select(self, select: Sequence[str], exclude: Sequence[str] = ()) -> frozenset[str]:
        """The unique_ids that dbt selects. Raises SelectionError, EngineError."""
        ...

    def run(self, run_id: str) -> Run | None:
        """One run with all its nodes, read from its log where it is not in memory."""
        ...

    def log(self, run_id: str) -> RunLog:
        """The log of a run, for reading lines of it."""
        ...

    async def idle(self) -> None:
        """Wait until nothing is going on: parsed, no run, nothing queued, all published."""
        ...
