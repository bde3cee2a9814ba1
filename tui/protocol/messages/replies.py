"""The engine's replies: each with the id of its request."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from tui.protocol.messages.message import message
from tui.protocol.plain import plain


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
class ExternalRunRecorded:
    """The event log of a run from elsewhere is written."""

    id: int
    run_id: str


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
class DataDiffed:
    """What differs in the data of an asset."""

    id: int
    unique_id: str
    against: str
    """The target that it was compared with; empty for the baseline."""
    before: str
    """The relation that counts as the one of before."""
    after: str
    diff: dict[str, Any]
    """rows (before, after, added, removed, changed, same), key (names), odd_keys (counts of rows
    whose key is null or repeated: those are compared whole), columns (list of {name, before, after
    (types), change (null, added, removed, type), is_key, as_text, differing}), samples (changed,
    added, removed, whole: each null or columns and rows)."""
    key_source: str = ""
    """Where the key comes from, in words; empty where there is none."""
    taken_at: float = 0.0
    """When the baseline was taken (seconds since the epoch)."""
    run_id: str = ""
    """The run that built the asset after it."""
    seconds: float = 0.0


@message
@plain(frozen=True)
class DiffStopped:
    """No diff goes on."""

    id: int


@message
@plain(frozen=True)
class BaselinesDropped:
    """The copies are gone."""

    id: int
    dropped: list[str]
    """unique_ids of the assets that had one."""


@message
@plain(frozen=True)
class RelationsFound:
    """Which relations are in the database. What is in neither list is not known."""

    id: int
    there: list[str]
    missing: list[str]
    """unique_ids of assets whose schema could be listed, or whose database is gone."""
    problem: str = ""
    """Why some could not be looked for, in a sentence."""


@message
@plain(frozen=True)
class ColumnsFound:
    """The columns of assets, as far as they are known."""

    id: int
    columns: dict[str, list[str]]
    """unique_id → names in their order; an asset that is missing is not known."""
    problem: str = ""
    """Why some could not be looked for, in a sentence."""


@message
@plain(frozen=True)
class CodeExpected:
    """The SQL that ReadCode asked for will come with AssetsCompiled."""

    id: int


@message
@plain(frozen=True)
class StatePrepared:
    """The manifest of another state is in its directory."""

    id: int
    directory: str
    relations: dict[str, str]
    """unique_id → `database.schema.name`, without quotes, of all that is built there."""
    note: str = ""
    """What of it a run on this target could not read, in a sentence."""


@message
@plain(frozen=True)
class Exported:
    """The file is whole."""

    id: int
    path: str
    rows: int
    marked: int = 0
    """Cells that a spreadsheet would have run, and that have an apostrophe before them now."""


@message
@plain(frozen=True)
class RunForked:
    """The run's process is alive and its event log exists."""

    id: int
    run_id: str
    pid: int


@message
@plain(frozen=True)
class SensorEvaluated:
    """What came of an EvaluateSensor. The function may have raised: then `problem` says it."""

    id: int
    requests: list[list[Any]] = field(default_factory=list)
    """Rows of RunRequestRow (tui.protocol.sensors)."""
    skipped: str = ""
    """Why nothing is asked for, in the function's words."""
    cursor: str | None = None
    heard: int = 0
    """How many runs it was called for."""
    log: list[str] = field(default_factory=list)
    """What was said to `context.log`, and the traceback of what was raised."""
    problem: str = ""
    path: str = ""
    """Where the problem is: relative to the project where it is in it."""
    line: int = 0
    partitions: list[list[Any]] = field(default_factory=list)
    """Of dynamic partitions: `add` or `delete`, the name of the definition, the keys."""


@message
@plain(frozen=True)
class Refused:
    """The request could not be done; says why in a sentence for the user."""

    id: int
    message: str
    path: str = ""
    line: int = 0
    kind: str = ""
    """`busy`: another process holds the database, which passes; `stopped`: the user did not want
    the answer; `unable`: this engine never can."""
