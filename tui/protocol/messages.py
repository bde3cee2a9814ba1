"""Requests of the UI process, and what the engine process answers and reports.

Every request carries an `id` that its reply repeats; what the engine reports of its own accord
(its readiness, the graph, problems, output) has no id. A message says in its docstring who sends
it and what holds afterwards. All fields are JSON: strings, numbers, booleans, lists, dicts.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

from tui.protocol.plain import plain

MESSAGES: dict[str, type] = {}


def message(cls: type) -> type:
    """Register a message class under its name, so that frames can be turned back into it."""
    MESSAGES[cls.__name__] = cls
    return cls


# ---------------------------------------------------------------- requests: UI → engine


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
    definitions_root: str = ""
    """Where Python definitions lie: the directory that their module is imported from; absolute."""
    definitions_module: str = ""
    """`shop.definitions`; empty where there are none."""


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
class Inspect:
    """Asks what the database has of an asset: whether its relation is there, the columns, how many
    rows. Answered by Inspected or Refused.
    """

    id: int
    unique_id: str


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
    """build or test."""
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
    record_rows: bool = True
    """Whether each materialization records how many rows and which columns it left."""
    tags: dict[str, str] = field(default_factory=dict)
    """What functions of Python definitions may ask of the run: `dbtree/schedule_name`."""
    wait_for_lock: bool = True
    """Wait (with a RunWaiting event) while another dbtree run holds the target's run lock; only
    adapters with a single writer have one."""


@message
@plain(frozen=True)
class Shutdown:
    """Last request: the engine saves what is worth saving and exits. Runs go on."""

    id: int


# ---------------------------------------------------------------- replies: engine → UI


@message
@plain(frozen=True)
class Described:
    """All that the manifest says about one asset or check."""

    id: int
    unique_id: str
    facts: dict[str, Any]
    """description, raw_code, language, compiled_code ("" unless asked), compile_problem,
    config (dict), config_sources (dict key → where from, may be empty), columns (list of
    {name, type, description, tests, constraints}), meta, relation, upstream, downstream (lists of
    unique_ids), checks (list), macros, url, owner, docs_path, dbt_name."""


@message
@plain(frozen=True)
class Selected:
    """The unique_ids that dbt selects, sorted."""

    id: int
    unique_ids: list[str]


@message
@plain(frozen=True)
class Previewed:
    """The first rows of a relation, every value as text or null."""

    id: int
    unique_id: str
    columns: list[str]
    types: list[str]
    rows: list[list[str | None]]


@message
@plain(frozen=True)
class Inspected:
    """What the database has of an asset."""

    id: int
    unique_id: str
    relation: str
    is_there: bool
    kind: str = ""
    """table, view, …: the adapter's word."""
    columns: list[list[str]] = field(default_factory=list)
    """Name and type of each, in their order."""
    row_count: int | None = None
    """Of a table; a view is not counted, because that may be long."""


@message
@plain(frozen=True)
class Exported:
    """The file is whole."""

    id: int
    path: str
    rows: int


@message
@plain(frozen=True)
class RunForked:
    """The run's process is alive and its event log exists."""

    id: int
    run_id: str
    pid: int


@message
@plain(frozen=True)
class Refused:
    """The request could not be done; says why in a sentence for the user."""

    id: int
    message: str
    path: str = ""
    line: int = 0
    kind: str = ""
    """`busy`: another process holds the database, which passes."""


# ---------------------------------------------------------------- reports: engine → UI


@message
@plain(frozen=True)
class EngineReady:
    """dbt is imported, profile and project are loaded."""

    python: str
    """Path of the interpreter."""
    python_version: str
    dbt_version: str
    adapter: str
    adapter_version: str
    project: str
    profile: str
    target: str
    threads: int
    profiles_dir: str
    single_writer: bool
    """Whether two runs at once would be in each other's way (DuckDB files)."""
    packages: dict[str, str]
    """Installed packages: name → path relative to the project's root."""
    watched: list[str]
    """Directories relative to the project's root in which dbt reads files."""
    shortcuts: list[str]
    """One line for each shortcut: `name: on`, or `name: off, because …`."""
    target_path: str = "target"
    database: str = ""
    """Where a DuckDB target lies, or the like; never with a secret."""


@message
@plain(frozen=True)
class ParseProgress:
    """How far a long parse is: files parsed, of all; 0 of 0 while that is not known."""

    done: int
    total: int
    phase: str
    """importing dbt, reading files, parsing, linking."""
    left: float = 0.0
    """Seconds that this phase is expected to take still; 0.0 while that is not known."""


@message
@plain(frozen=True)
class GraphPart:
    """Some rows of a whole graph, at most 500 of each kind, before GraphComplete."""

    revision: int
    assets: list[list[Any]]
    checks: list[list[Any]]


@message
@plain(frozen=True)
class GraphComplete:
    """The graph of this revision is whole: replaces what the UI had."""

    revision: int
    macros: dict[str, str]
    """Of the project and its packages: unique_id → digest of the macro's own text."""
    provisional: bool = False
    """From a static reading of the files; dbt's truth follows."""
    elapsed: float = 0.0
    """Seconds that the parse took."""
    warnings: list[str] = field(default_factory=list)
    problems: list[list[Any]] = field(default_factory=list)
    """Rows of Problem: what is wrong beside dbt's parse, in the Python definitions. Where there
    are any, the definitions of before count."""


@message
@plain(frozen=True)
class GraphChanged:
    """What a Reparse changed. Rows replace those of the same unique_id."""

    id: int
    revision: int
    assets: list[list[Any]]
    checks: list[list[Any]]
    removed: list[str]
    """unique_ids of assets and checks that are gone."""
    macros: dict[str, str | None]
    """Changed macros: their digest, or null where one is gone."""
    elapsed: float = 0.0
    warnings: list[str] = field(default_factory=list)
    problems: list[list[Any]] = field(default_factory=list)
    """Rows of Problem: what is wrong beside dbt's parse, in the Python definitions. Where there
    are any, the definitions of before count."""


@message
@plain(frozen=True)
class ParseFailed:
    """dbt could not parse; the last good graph stays. The id is the Reparse's, or 0 for Open."""

    id: int
    problems: list[list[Any]]
    """Rows of Problem."""


@message
@plain(frozen=True)
class DefinitionsLoaded:
    """Python definitions were loaded; sent after the graph that shows them."""

    module: str
    schedules: list[list[Any]]
    """Rows of ScheduleRow (tui.protocol.schedules)."""
    python_assets: int = 0
    files: list[str] = field(default_factory=list)
    """The user's files that were imported; absolute."""


@message
@plain(frozen=True)
class Output:
    """Something that dbt, an adapter or a macro printed while the engine worked."""

    stream: str
    """stdout or stderr."""
    text: str


@message
@plain(frozen=True)
class RunExited:
    """The process of a run is gone; its log says how it ended."""

    run_id: str
    code: int
    """Exit code, or minus the number of the signal that ended it."""


def to_json(value: Any) -> dict[str, Any]:
    """A message as the JSON object that a frame carries: its fields and its type's name."""
    shallow = {f.name: getattr(value, f.name) for f in fields(value)}
    return {"type": type(value).__name__, **shallow}


def from_json(data: dict[str, Any]) -> Any:
    """The message of a JSON object. Unknown fields are left out, so that versions can differ.

    Raises KeyError for an unknown type.
    """
    cls = MESSAGES[data["type"]]
    known = {f.name for f in fields(cls)}
    return cls(**{name: value for name, value in data.items() if name in known})
