"""The UI process's requests to the engine."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from tui.protocol.messages.message import message
from tui.protocol.plain import plain


@message
@plain(frozen=True)
class Open:
    """First request. The engine imports dbt, loads profile and project, then parses, reporting
    EngineReady, ParseProgress, GraphPart…, GraphComplete or ParseFailed.
    """

    id: int
    project_dir: str
    state_dir: str
    profiles_dir: str = ""
    profile: str = ""
    target: str = ""
    vars: str = ""
    """As given to --vars: YAML text."""
    threads: int = 0
    """0: as the profile says."""
    shortcuts: bool = True
    fork: bool = True
    check_patches: bool = False
    """Whether EngineReady is to say of every patch whether it can be used with this dbt, which
    takes the imports of a run; otherwise it says which are on.
    """
    definitions_root: str = ""
    """Where Python definitions lie: the directory that their module is imported from; absolute."""
    definitions_module: str = ""
    """`shop.definitions`; empty where there are none."""
    definitions_are_dagsters: bool = False
    """Whether they import `dagster`, for which dbtree's own definitions stand in."""
    dbt_command: list[str] = field(default_factory=list)
    """For the engine that drives a command: its words, `uv`, `run`, `dbt`."""
    known_graph: str = ""
    """The name (`graph_digest`) of the graph that the client has kept; empty where it has none."""


@message
@plain(frozen=True)
class Reparse:
    """Files were changed, added or deleted (paths relative to the project's root; the engine looks
    at the disk to see which). Answered by GraphChanged or ParseFailed, with this id. On failure
    the last good graph stays, and the files of this request stay pending for the next one.
    """

    id: int
    paths: list[str]
    full: bool = False
    """Parse everything from nothing."""


@message
@plain(frozen=True)
class Describe:
    """Asks for everything about one asset or check. Answered by Described or Refused."""

    id: int
    unique_id: str
    compile: bool = False
    """Also compile it (dbt's compile in memory; may read the database where macros do)."""


@message
@plain(frozen=True)
class Select:
    """Resolve dbt selectors by dbt's own rules. Answered by Selected or Refused."""

    id: int
    select: list[str]
    exclude: list[str] = field(default_factory=list)
    command: str = "build"
    """The command whose resource types and indirect selection count: build, test, ls."""
    selector: str = ""
    """A named selector of selectors.yml."""
    state: str = ""
    """The directory of the manifest that `state:modified` compares with; absolute."""


@message
@plain(frozen=True)
class Preview:
    """Asks for the first rows of an asset's relation. Answered by Previewed or Refused."""

    id: int
    unique_id: str
    limit: int = 100
    where: str = ""
    order_by: str = ""


@message
@plain(frozen=True)
class DiffData:
    """Asks what differs in the data of an asset. Answered by DataDiffed or Refused, while other
    requests are answered; DiffProgress is reported meanwhile. One at a time: another one takes its
    place, and what opens a database with one writer goes before it (it is then refused as busy).
    """

    id: int
    unique_id: str
    against: str = ""
    """A target whose relation counts as the one of before; empty for the baseline."""
    key: list[str] = field(default_factory=list)
    """Columns of the primary key; empty for what the project says it is."""
    tolerance: float = 0.0
    """How far two floats may be apart and be the same."""
    samples: int = 20
    """Rows of each kind that are shown at most."""


@message
@plain(frozen=True)
class StopDiff:
    """Ends the diff that goes on, if one does: it is refused. Answered by DiffStopped."""

    id: int


@message
@plain(frozen=True)
class DropBaselines:
    """Drops the copies that were taken of assets before their builds. Answered by
    BaselinesDropped or Refused.
    """

    id: int
    unique_ids: list[str]


@message
@plain(frozen=True)
class Inspect:
    """Asks what the database has of an asset: whether its relation is there, the columns, how many
    rows. Answered by Inspected or Refused.
    """

    id: int
    unique_id: str


@message
@plain(frozen=True)
class FindRelations:
    """Asks which of these assets' relations are in the database, by a query per schema. Answered
    by RelationsFound or Refused, while other requests are answered: what opens the database itself
    goes before it, and it is then refused as busy.
    """

    id: int
    unique_ids: list[str]


@message
@plain(frozen=True)
class FindColumns:
    """Asks for the columns of these assets, without reading their SQL: as the database has them,
    else as an enforced contract does. Answered by ColumnsFound or Refused, as FindRelations is.
    """

    id: int
    unique_ids: list[str]


@message
@plain(frozen=True)
class ReadCode:
    """Asks for the compiled SQL of these assets, in the background and without a database. Answered
    by CodeExpected or Refused; AssetsCompiled then has it, each time of some.
    """

    id: int
    unique_ids: list[str]


@message
@plain(frozen=True)
class Export:
    """Asks for all rows of a preview in a CSV file. Answered by Exported or Refused."""

    id: int
    unique_id: str
    path: str
    """Absolute; a file that is there is replaced when the new one is whole."""
    where: str = ""
    order_by: str = ""
    formulas: bool = False
    """Whether cells that a spreadsheet would run are left as they are."""


FRESHNESS = "source freshness"
"""The command of a run that asks how fresh sources are."""
CLONE = "clone"
"""The command of a run that copies relations from the state that it defers to."""


@message
@plain(frozen=True)
class StartRun:
    """Start a run of exactly these nodes in a process of its own. Answered by RunForked (the run's
    event log exists by then) or Refused. RunExited follows when the process is gone.
    """

    id: int
    run_id: str
    run_dir: str
    """Absolute; made by the asker; the run writes events.jsonl, stdout and stderr in it."""
    command: str
    """build, test, CLONE or FRESHNESS."""
    nodes: list[str]
    """unique_ids of the assets and checks to run, exactly; for the empty list, see select."""
    dbt_line: str
    """The equivalent command line, recorded with the run."""
    label: str = ""
    """What the user asked for, in short: `customers`, `+orders`, `3 marked`, `all`."""
    select: list[str] = field(default_factory=list)
    """Where `nodes` is empty: dbt selectors, resolved by dbt in the run."""
    exclude: list[str] = field(default_factory=list)
    full_refresh: bool = False
    threads: int = 0
    flags: list[str] = field(default_factory=list)
    """Further dbt flags, as typed."""
    vars: str = ""
    """YAML text for --vars in place of what the project is open with: the run then parses the
    project itself. Empty: the project as it is."""
    record_rows: bool = True
    """Whether each materialization records how many rows and which columns it left."""
    tags: dict[str, str] = field(default_factory=dict)
    """What functions of Python definitions may ask of the run: `dbtree/schedule_name`."""
    partitions: list[str] = field(default_factory=list)
    """The partitions that the run makes of what has any, in their order."""
    config: str = ""
    """Settings of functions and resources of Python definitions, as JSON; empty for none."""
    materialized: dict[str, float] = field(default_factory=dict)
    """When the assets of Python's checks were materialized last: unique_id → seconds since the
    epoch."""
    wait_for_lock: bool = True
    """Wait (with a RunWaiting event) while another dbtree run holds the target's run lock; only
    adapters with a single writer have one."""
    lock_wait: float = 0.0
    """Seconds to wait (with a RunWaiting event) while another process holds the database's file."""
    waits_long: bool = True
    """Whether another run of dbtree is waited for however long it takes; else `lock_wait`."""
    limits: list[list[Any]] = field(default_factory=list)
    """Of what the run takes a place before anything else, in this order: name, how many places
    there are, and of what they are, in words."""
    pools: dict[str, int] = field(default_factory=dict)
    """How many functions of a pool go on at once, by its name; of others, `default_pool_limit`."""
    default_pool_limit: int = 0
    """0 for any number."""


@message
@plain(frozen=True)
class RecordExternalRun:
    """Record a run of dbt that was started elsewhere, from its artifacts and its log. Answered by
    ExternalRunRecorded (its event log is there, whole) or Refused.
    """

    id: int
    run_id: str
    run_dir: str
    invocation_id: str
    command: str
    """As it was typed, where that is known."""
    kind: str
    """build, run, test, …"""
    target: str
    run_results: str = ""
    """The path of its run_results.json; empty where it left none: then `nodes` count."""
    manifest: str = ""
    """The path of the manifest.json that it may have left."""
    log: str = ""
    """The path of dbt's log."""
    log_start: int = 0
    log_stop: int = 0
    """The bytes of the log that are of this run."""
    threads: int = 0
    began_at: float = 0.0
    ended_at: float = 0.0
    """Seconds since the epoch: of the first and the latest line of its log."""
    nodes: list[list[Any]] = field(default_factory=list)
    """Of each node that its log tells of: unique_id, status (empty while it was worked on), start
    and end in seconds since the epoch."""
    killed: bool = False
    stopped_by_hand: bool = False
    message: str = ""
    """What stopped dbt before it ran anything."""


@message
@plain(frozen=True)
class PrepareState:
    """Asks for a manifest of another state of the project, to defer to and to compare with.
    Answered by StatePrepared or Refused, while other requests are answered.
    """

    id: int
    directory: str
    """Absolute: where the manifest.json is, or is to be written."""
    target: str = ""
    """The target to parse with; empty where the manifest is there already, or for the own one."""
    project_dir: str = ""
    """Another copy of the project to parse (as it was in a commit); empty for the open one."""
    is_there: bool = False
    """Whether the directory holds a manifest that somebody else made: it is only read."""


@message
@plain(frozen=True)
class EvaluateSensor:
    """Call the function of a sensor, or of a schedule, of the definitions. Answered by
    SensorEvaluated or Refused, while other requests are answered.
    """

    id: int
    name: str
    cursor: str | None = None
    last_at: float | None = None
    """When it was evaluated last, in seconds since the epoch."""
    last_run_key: str | None = None
    started_at: float | None = None
    """When it was turned on."""
    occurrences: list[list[Any]] = field(default_factory=list)
    """Rows of Occurrence (tui.protocol.sensors): what it hears of, the oldest first."""
    monitored: list[str] = field(default_factory=list)
    """Keys of the assets that it hears of."""
    scheduled_at: float = 0.0
    """Of a schedule: the time of its tick."""


@message
@plain(frozen=True)
class Shutdown:
    """Last request: the engine saves what is worth saving and exits. Runs go on."""

    id: int
