"""The events of a run, as they are in its `events.jsonl`: one JSON object a line.

The log is the truth about a run: the screen, the headless commands and the history are made from
it. The run's process writes it; a torn last line is ignored by readers; unknown events and unknown
fields are ignored, so that logs of other versions can be read.

Every event has `event` (its name, the class's in snake case) and `at` (seconds since the epoch).
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, field, fields
from typing import Any

from tui.protocol.plain import plain
from tui.protocol.records import Fingerprint
from tui.protocol.writable_values import finite

RESERVE = "reserve"
"""Beside the log of a run that goes on: room that is given back when the disk is full."""

EVENTS: dict[str, type] = {}
_FIELDS: dict[type, frozenset[str]] = {}
"""The names of the fields of each, once asked for: a log has dozens of events a second."""


def event(cls: type) -> type:
    """Register an event class under its name in snake case."""
    EVENTS[re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()] = cls
    return cls


FAILURES = frozenset({"error", "fail", "runtime error", "partial success"})
"""Statuses of a node that went wrong, as dbt names them."""


@event
@plain(frozen=True)
class RunStarted:
    """The first line of every log, written before dbt does anything."""

    at: float
    run_id: str
    command: str
    """The equivalent dbt command line."""
    kind: str
    """build or test (or another dbt command)."""
    label: str
    project: str
    target: str
    adapter: str
    pid: int
    process_started: str
    """Start time of the process as the system tells it (/proc's ticks, ps's words): with `pid` it
    identifies the process after a reboot or a reused pid. Empty where unknown."""
    dbt_version: str = ""
    git_commit: str = ""
    full_refresh: bool = False
    nodes: list[str] = field(default_factory=list)
    """The nodes asked for, where known already."""
    threads: int = 0
    external: bool = False
    """Whether it was started elsewhere, and recorded from what it left."""
    partitions: list[str] = field(default_factory=list)
    """The partitions that it makes of what has any, in their order."""
    tags: dict[str, str] = field(default_factory=dict)
    """What it was started for, by whom, and what its definitions say of it."""
    config: str = ""
    """Settings of functions and resources of Python definitions, as JSON; empty for none."""


@event
@plain(frozen=True)
class RunWaiting:
    """The run waits for whoever has the database: another run, or another process."""

    at: float
    holder: str
    """Run id or process that holds it, in words."""
    until: float = 0.0
    """When waiting is given up (seconds since the epoch); 0 where it is not."""


@event
@plain(frozen=True)
class RunWaitEnded:
    """What the run waited for is free; what follows is the run's own time."""

    at: float


@event
@plain(frozen=True)
class RunPlanned:
    """dbt has resolved what it will run; the queue of the screen."""

    at: float
    nodes: list[str]
    """unique_ids in the order in which dbt will take them, as far as there is one."""


@event
@plain(frozen=True)
class NodeStarted:
    """dbt began to work on a node."""

    at: float
    unique_id: str
    thread: str = ""


@event
@plain(frozen=True)
class BatchStarted:
    """dbt began to work on a batch of a microbatch model."""

    at: float
    unique_id: str
    batch: str
    """Its start, as far as the size of the batches goes: `2024-01-31`."""
    thread: str = ""


@event
@plain(frozen=True)
class BatchFinished:
    """dbt is done with a batch of a microbatch model."""

    at: float
    unique_id: str
    batch: str
    status: str
    """success, error or skipped."""
    started_at: float
    duration: float
    """Seconds."""
    message: str = ""
    thread: str = ""


@event
@plain(frozen=True)
class NodeFinished:
    """dbt is done with a node."""

    at: float
    unique_id: str
    status: str
    """dbt's: success, error, skipped, pass, fail, warn, no-op, partial success."""
    started_at: float
    """Seconds since the epoch; equals `at` for what never started."""
    duration: float
    """Seconds."""
    message: str = ""
    failures: int | None = None
    """Failing rows of a check."""
    rows: int | None = None
    """Rows affected, where the adapter says."""
    skipped_because: str = ""
    """unique_id of the failed node that this one was skipped for."""
    relation: str = ""
    fingerprint: list[str] = field(default_factory=list)
    """The parts that were built, as a row of Fingerprint; empty for checks."""
    macros: dict[str, str] = field(default_factory=dict)
    """The user's macros that were used: unique_id → digest."""
    compiled_path: str = ""
    """The compiled code, relative to the project's root, where dbt wrote it."""
    path: str = ""
    line: int = 0
    last_line: int = 0
    """Where `line` is only the first of the lines that the error may come from, the last."""
    compiled_line: int = 0
    """The line of the compiled code that failed, counted from 1; 0 where unknown."""
    excerpt_from: int = 0
    """The number of the first line of the excerpt."""
    excerpt: list[str] = field(default_factory=list)
    """Lines of the compiled code around the one that failed."""
    thread: str = ""
    row_count: int | None = None
    """Rows that the relation has now, where they were counted."""
    columns: list[list[str]] = field(default_factory=list)
    """Name and type of each column that the relation has now, where that was asked."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """What a function of Python definitions told of it: label → {kind, value}."""

    def built(self) -> Fingerprint:
        """The fingerprint that was built."""
        # A newer dbtree may know more parts.
        return Fingerprint(*self.fingerprint[: len(Fingerprint._fields)])


@event
@plain(frozen=True)
class NodeMetadata:
    """A function of Python definitions reported more about a node of this run."""

    at: float
    unique_id: str
    metadata: dict[str, Any]
    """Label → {kind, value}, as in NodeFinished."""


@event
@plain(frozen=True)
class LogLine:
    """A line of dbt's own log, as it would be on the console."""

    at: float
    level: str
    """debug, info, warn or error."""
    text: str
    """May hold several lines; control sequences are removed."""
    unique_id: str = ""
    """The node it belongs to, where dbt says so."""
    name: str = ""
    """dbt's name of the event (LogModelResult, …)."""


@event
@plain(frozen=True)
class RunCancelling:
    """SIGINT arrived: dbt cancels its queries."""

    at: float


@event
@plain(frozen=True)
class RunFinished:
    """The last line of a log. Without it, a run whose process is gone was interrupted."""

    at: float
    status: str
    """success, failed (something failed), error (dbt could not run), cancelled."""
    elapsed: float
    """Seconds."""
    message: str = ""
    """Why dbt could not run."""
    path: str = ""
    line: int = 0


def _is_required(f: Field[Any]) -> bool:
    return f.default is MISSING and f.default_factory is MISSING


def to_line(value: Any) -> str:
    """An event as a line of the log, without its line end. Empty optional fields are left out."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()
    kept = {
        f.name: item
        for f in fields(value)
        if (item := getattr(value, f.name)) not in ("", None, [], {}) or _is_required(f)
    }
    line = {"event": name, **kept}
    try:
        return _written(line)
    except ValueError:  # NaN or infinity, which JSON does not have
        return _written(finite(line))


def _written(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_object(data: dict[str, Any]) -> Any | None:
    """The event of a parsed line, or None where it is of no known kind or lacks a field."""
    cls = EVENTS.get(data.get("event", ""))
    if cls is None:
        return None
    known = _FIELDS.get(cls)
    if known is None:
        known = _FIELDS[cls] = frozenset(f.name for f in fields(cls))
    try:
        return cls(**{key: item for key, item in data.items() if key in known})
    except TypeError:
        return None
