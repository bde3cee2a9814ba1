"""What the engine reports on its own, and how a parse ended."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from tui.protocol.messages.message import message
from tui.protocol.plain import plain


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
    defined: dict[str, str] = field(default_factory=dict)
    """What Python definitions decide on, because nobody else did: target, profile, profiles_dir."""


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
class DiffProgress:
    """How far a data diff is."""

    unique_id: str
    step: int
    steps: int
    words: str
    """What is being done now."""


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
    known: str = ""
    """Where it is the one that the client has kept (`Open.known_graph`): its name. There were no
    parts, and `macros` is empty."""
    provisional: bool = False
    """From a static reading of the files; dbt's truth follows."""
    elapsed: float = 0.0
    """Seconds that the parse took."""
    warnings: list[list[Any]] = field(default_factory=list)
    """Rows of DbtWarning."""
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
    warnings: list[list[Any]] = field(default_factory=list)
    """Rows of DbtWarning."""
    problems: list[list[Any]] = field(default_factory=list)
    """Rows of Problem: what is wrong beside dbt's parse, in the Python definitions. Where there
    are any, the definitions of before count."""
    provisional: bool = False
    """From a static reading of the saved files, with id 0; dbt's truth follows, with the id of
    the Reparse."""


@message
@plain(frozen=True)
class AssetsCompiled:
    """What some assets are compiled to, as it was found out in the background."""

    compiled: dict[str, list[Any]]
    """unique_id → a row of Compiled. Holds for the graph that was told last."""
    left: int = 0
    """How many are still to be compiled; the last of these reports after a parse has none."""
    code: dict[str, str] = field(default_factory=dict)
    """unique_id → SQL, of those of which ReadCode asked for it; empty where it is not known
    without a database."""


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
    sensors: list[list[Any]] = field(default_factory=list)
    """Rows of SensorRow (tui.protocol.sensors)."""
    conditions: list[list[Any]] = field(default_factory=list)
    """Automation conditions: of each a row (AutomationCondition.row), and the unique_ids of the
    assets that have it."""
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Freshness policies: unique_id → FreshnessPolicy.facts."""
    blocking: list[str] = field(default_factory=list)
    """The checks of Python's that are blocking."""
    configs: list[list[Any]] = field(default_factory=list)
    """The settings that a run may give: rows of ConfigRow (tui.definitions.config_rows)."""


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
