"""What is current in an open project, as one value that a screen can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from tui.graph import AssetGraph, AssetStatus, Problem
from tui.graph.deferral import Deferral
from tui.project.project import Project
from tui.protocol.messages import DefinitionsLoaded, DiffProgress, EngineReady, ParseProgress
from tui.protocol.plain import plain
from tui.protocol.records import Compiled, DbtWarning
from tui.runs.plan import RunPlan
from tui.runs.values import History, Run
from tui.schedules.views import Schedules
from tui.workspace.auto_build_values import Armed
from tui.workspace.command_log import IssuedCommand
from tui.workspace.source_freshness import SourceFreshness

if TYPE_CHECKING:
    from tui.column_lineage.column_graph import ColumnGraph
    from tui.git.values import AssetChange, GitState
    from tui.protocol.dynamic_partitions import Stamp
    from tui.runs.time_left import RunEstimate


@plain(frozen=True, eq=False)
class WorkspaceState:
    """All that a screen shows, as one value. Its large parts compare by identity."""

    project: Project
    graph: AssetGraph = field(default_factory=AssetGraph)
    statuses: Mapping[str, AssetStatus] = field(default_factory=dict)
    history: History = field(default_factory=History)
    runs: tuple[Run, ...] = ()
    """Newest first; older ones without their nodes until asked for."""
    queue: tuple[RunPlan, ...] = ()
    """Waiting in this window, the next one first."""
    commands: tuple[IssuedCommand, ...] = ()
    """What the engine was asked for in this session, the oldest first."""
    starting_plan: RunPlan | None = None
    """The run that is being started: no longer in the queue, not yet going on."""
    estimates: Mapping[str, RunEstimate] = field(default_factory=dict)
    """What is expected of the runs that go on, by run id; none until something is known."""
    problems: tuple[Problem, ...] = ()
    """What keeps dbt from parsing; empty when the graph on the screen is dbt's truth."""
    warnings: tuple[DbtWarning, ...] = ()
    """What dbt warned of when it last parsed each file."""
    run_warnings: tuple[DbtWarning, ...] = ()
    """What it warned of in the latest runs on this target."""
    phase: str = "starting"
    """starting (the interpreter, dbt's import), parsing (the first parse), ready, reparsing,
    restarting, gone (the engine died and will not come back by itself)."""
    progress: ParseProgress | None = None
    definitions: DefinitionsLoaded | None = None
    """The Python definitions that count; None where there are none, or none yet."""
    schedules: Schedules = field(default_factory=Schedules)
    """What is materialized by itself, and when."""
    engine: EngineReady | None = None
    """The engine's facts; those of the last time until it is ready."""
    is_confirmed: bool = False
    """Whether dbt has confirmed the graph in this session."""
    has_parsed: bool = False
    """Whether the engine that runs now has parsed the project, now or with a later save."""
    to_compile: int | None = None
    """How many assets dbt has still to compile in the background before each status is final; None
    until that is known."""
    parsed_in: float = 0.0
    """Seconds that the latest parse took."""
    edited: Mapping[str, float] = field(default_factory=dict)
    """Assets that the latest edits changed: unique_id → when (seconds since the epoch)."""
    freshness: Mapping[str, SourceFreshness] = field(default_factory=dict)
    """How fresh sources were when dbt looked last, where it did."""
    git: GitState | None = None
    """The repository that the project is in; None until git was asked."""
    changed: Mapping[str, AssetChange] = field(default_factory=dict)
    """What the branch changes, committed or not: assets and tests, by unique_id."""
    partition_keys: Stamp | None = None
    """Which version there is of the file with the keys of dynamic partitions; None for none."""
    columns: ColumnGraph | None = None
    """Where columns come from; None until somebody asks."""
    baselines: frozenset[str] = frozenset()
    """The assets of which a copy is taken before each build, for a data diff."""
    preparing: str = ""
    """The other state that the session will defer to as soon as it is read: runs wait for it."""
    diff_progress: DiffProgress | None = None
    """How far the data diff is that goes on; None while there is none."""
    armed: Mapping[str, Armed] = field(default_factory=dict)
    """The armed assets, and what became of their latest saves."""
    notice: str = ""
    """The latest thing to tell the user in a line, if any."""
    notice_at: float = 0.0
    """When it was said (seconds since the epoch): the same words can be said twice."""
    notice_run: str = ""
    """The id of the run that it is about: it holds no longer than that goes on."""

    @property
    def active(self) -> Run | None:
        """The active run, if any: the newest of them."""
        return next((run for run in self.runs if run.is_active), None)

    @property
    def latest(self) -> Run | None:
        """The run that goes on, else of those that were started the one that ended last."""
        if self.active is not None:
            return self.active
        started = [run for run in self.runs if run.was_started]
        return max(started or self.runs, key=lambda run: run.finished_at, default=None)

    @property
    def uncompilable(self) -> Mapping[str, Compiled]:
        """The assets that do not compile, and why; none where `compile_on_save` is off. What has
        partitions is left out: a run gives it variables that are known nowhere else.
        """
        if self.project.settings["compile_on_save"].value == "false":
            return {}
        found, assets = self.graph.uncompilable, self.graph.assets
        if any(assets[key].partitions for key in found):
            return {key: why for key, why in found.items() if not assets[key].partitions}
        return found

    @property
    def is_read(self) -> bool:
        """Whether the engine has a graph, and dbt's word for it."""
        return self.is_confirmed and self.has_parsed and self.phase in ("ready", "reparsing")

    @property
    def can_start(self) -> bool:
        """Whether the engine can take a run now, which reads what the session wants it to."""
        return self.is_read and not self.preparing

    @property
    def starting(self) -> str:
        """The id of the run that is being started; empty where none is."""
        return self.starting_plan.run_id if self.starting_plan is not None else ""

    @property
    def waits_for_dbt(self) -> bool:
        """Whether what is queued waits for dbt to have read the project."""
        return bool(self.queue) and not self.can_start

    @property
    def is_busy(self) -> bool:
        """Whether a run waits, is starting or is active."""
        return bool(self.queue or self.starting) or self.active is not None

    @property
    def threads(self) -> int:
        """How many nodes a run works on at once: as set, else as dbt's profile says."""
        return self.project.threads or (self.engine.threads if self.engine else 1)

    @property
    def target(self) -> str:
        """The target in use: as set, else as the engine found it, else empty."""
        return self.project.target or (self.engine.target if self.engine else "")

    @property
    def deferral(self) -> Deferral:
        """What the session defers to."""
        return self.history.deferral

    @property
    def project_name(self) -> str:
        """The project's name: as dbt says, else as its file does."""
        return self.engine.project if self.engine else self.project.name

    @property
    def single_writer(self) -> bool:
        """Whether two runs on this target would be in each other's way."""
        return self.engine is not None and self.engine.single_writer
