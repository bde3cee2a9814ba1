"""dbt's events and results → the lines of a run's event log.

The one place that knows the names of dbt's events and the fields of its results. Every line goes
out in one `write` to a file opened for appending, with nothing kept back: whoever kills the run's
process loses nothing that it had said, and threads need no lock.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.engine.execution.connection_faults import with_advice
from tui.engine.execution.error_place import ErrorPlace, place_of_error
from tui.engine.execution.java_traces import without_java_trace
from tui.engine.execution.run_nodes import DID_NOT_RUN
from tui.engine.process.full_disk import AppendedFile
from tui.engine.process.ignored_events import CACHE_EVENTS, ignoring
from tui.protocol.events import (
    FAILURES,
    LogLine,
    NodeFinished,
    NodeStarted,
    RunCancelling,
    RunWaitEnded,
    RunWaiting,
    to_line,
)

LEVELS = {"debug": "debug", "test": "debug", "info": "info", "warn": "warn", "error": "error"}
SENT = "SQLQuery"
"""The event that says what is sent to the database."""
RAISED = "GenericExceptionOnRun"
ON_THREAD = "Exception on worker thread. "
"""What dbt puts before what a batch raised."""
CANCELLED = "LogCancelLine"
"""What dbt says of each connection that its adapter has cancelled."""
OF_A_CANCEL = frozenset({"MainEncounteredError", "MainStackTrace"})
"""What dbt says of a KeyboardInterrupt: of no use to whoever asked for it."""

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
LONGEST_TEXT = 100_000
"""Characters of one message; a longer one is cut, the whole of it is in dbt's own log."""

QUOTED = json.JSONEncoder(ensure_ascii=False).encode

TEXTS = frozenset({"command", "excerpt", "label", "message", "metadata", "text"})
"""Fields of events that hold what others have said."""


class EventLog:
    """The event log of one run, as its process writes it."""

    def __init__(self, path: Path, scrub: Callable[[str], str] = str) -> None:
        """Open the log for appending, making it where there is none.

        Args:
            path: of events.jsonl.
            scrub: hides in a text what must never be written.
        """
        self._file = AppendedFile(path)
        self._scrub = scrub
        self.cancelling = False
        self.has_begun = False
        """Whether dbt has begun to work on a node."""
        self.ahead = 0.0
        """Seconds that are added to all times: the clock was set back (see `clock`)."""
        self.observer: Callable[[Any], None] | None = None
        """Told of every event but dbt's own lines."""
        self.built: dict[str, str] = {}
        """The nodes whose end was written with what they were built from, and the digest of what
        they were compiled to."""
        self._is_over = False
        self._statements: dict[str, str] = {}
        self._raised: dict[tuple[str, int], str] = {}
        self._invocation = ""
        self.on_invocation: Callable[[str], None] | None = None
        """Told the name of each invocation of dbt, before it does anything."""
        self.waiting_since = 0.0
        """When the run began to wait for what it waits for now; 0 where it does not wait."""
        self.waits_for = ""
        self.running: set[str] = set()
        """unique_ids of the nodes that have begun and not ended."""
        self.cut_short: frozenset[str] = frozenset()
        """unique_ids of the nodes that `--fail-fast` interrupted: dbt calls them errors."""
        self.cancelled: set[str] = set()
        """Names of the connections (unique_ids of nodes) that dbt has cancelled."""

    def finish(self, event: Any) -> None:
        """Append the last event. What dbt says after it goes to dbt's own log only."""
        self.write(event)
        self._file.close_room()
        self._is_over = True

    def write(self, event: Any) -> None:
        """Append an event of `tui.protocol.events`."""
        if isinstance(event, NodeStarted):
            self.has_begun = True
            self.running.add(event.unique_id)
        elif isinstance(event, NodeFinished):
            self.running.discard(event.unique_id)
        elif isinstance(event, RunWaiting):
            self.waiting_since = self.waiting_since or event.at
            self.waits_for = event.holder
        if self.ahead:
            event = self._moved(event)
        self._append(self._scrubbed(to_line(event)))
        if isinstance(event, NodeFinished) and event.fingerprint:
            self.built[event.unique_id] = event.built().compiled
        if self.observer is not None:
            self.observer(event)

    def end_wait(self) -> None:
        """Note that what the run waited for is free, where it waited."""
        if self.waiting_since:
            self.waiting_since = 0.0
            self.write(RunWaitEnded(at=time.time()))

    def given_up(self) -> str:
        """That nobody wanted to wait any longer, in a sentence; empty where the run does not."""
        if not self.waiting_since:
            return ""
        seconds = max(time.time() - self.waiting_since, 0.0)
        return f"Given up after {seconds:.0f} s of waiting for {self.waits_for}."

    def _moved(self, event: Any) -> Any:
        names = [name for name in ("at", "started_at") if hasattr(event, name)]
        return replace(event, **{name: getattr(event, name) + self.ahead for name in names})

    def _scrubbed(self, line: str) -> str:
        """A line in which no text holds a secret; ids and words of ours stay."""
        if self._scrub(line) == line:
            return line
        stored = json.loads(line)
        stored.update({key: self._hidden(stored[key]) for key in stored.keys() & TEXTS})
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._scrub(value)
        if isinstance(value, list):
            return [self._hidden(item) for item in value]
        if isinstance(value, dict):
            return {key: self._hidden(item) for key, item in value.items()}
        return value

    def clean(self, text: str) -> str:
        """A text as it may be shown: without control sequences and without secrets."""
        if CONTROLS.search(text):
            text = CONTROLS.sub("", ESCAPES.sub("", text))
        text = self._scrub(text)
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}\n… {len(text) - LONGEST_TEXT} more characters"
        return text

    @ignoring(CACHE_EVENTS)
    def on_dbt_event(self, message: Any) -> None:
        """Write an event of dbt as a LogLine. A callback of dbt, called in any thread."""
        info = message.info
        name = info.name
        invocation = getattr(info, "invocation_id", "")
        if self.on_invocation is not None and invocation != self._invocation:
            self._invocation = invocation
            self.on_invocation(invocation)
        if name == SENT and (sent_for := _unique_id(message)):
            self._statements[sent_for] = message.data.sql
        if name == RAISED:
            key = (message.data.unique_id, threading.get_ident())
            self._raised[key] = message.data.exc.removeprefix(ON_THREAD)
        if name == CANCELLED:
            self.cancelled.add(message.data.conn_name)
        if name in CACHE_EVENTS or self._is_over or self._file.is_short:
            return
        text = self.clean(info.msg)
        if not text or text.isspace():
            return
        level, unique_id = LEVELS.get(info.level, "info"), _unique_id(message)
        if self.cancelling and (name in OF_A_CANCEL or (level == "error" and unique_id)):
            level = "debug"  # a query that was interrupted is no failure
        elif level == "error" and unique_id in self.cut_short:
            level = "debug"
        elif name in OF_A_CANCEL and HELD.search(text):
            level = "debug"  # the run's end says it in a sentence
        self.say(level, text, unique_id, name)

    def take_statement(self, unique_id: str) -> str:
        """What was sent to the database last for a node, which is forgotten then."""
        return self._statements.pop(unique_id, "")

    def take_raised(self, unique_id: str) -> str:
        """What a node raised in this thread as dbt has told it, which is forgotten then."""
        return self._raised.pop((unique_id, threading.get_ident()), "")

    def say(self, level: str, text: str, unique_id: str = "", name: str = "") -> None:
        """Append a line of log. Written by hand, for there are thousands of them a second."""
        of = f',"unique_id":{json.dumps(unique_id)}' if unique_id else ""
        named = f',"name":"{name}"' if name else ""
        told = QUOTED(text)
        at = time.time() + self.ahead
        self._append(
            f'{{"event":"log_line","at":{at:.6f},"level":"{level}","text":{told}{of}{named}}}',
            matters=False,
        )

    def cut_running(self) -> None:
        """Note that dbt cancels what runs now, because something else has failed."""
        if not self.cancelling and not self.cut_short:
            self.cut_short = frozenset(self.running)

    def cancel(self) -> None:
        """Note that the run was asked to stop. Safe in a signal handler."""
        if not self.cancelling:
            self.cancelling = True
            self.write(RunCancelling(at=time.time()))

    def _append(self, line: str, *, matters: bool = True) -> None:
        was_short = self._file.is_short
        self._file.append(f"{line}\n".encode("utf-8", "backslashreplace"), matters=matters)
        if self._file.is_short and not was_short:
            words = f"{self._file.reason}: from here on, dbt's own lines are left out."
            told = to_line(LogLine(at=time.time() + self.ahead, level="warn", text=words))
            self._file.append(f"{told}\n".encode(), matters=True)


def _unique_id(message: Any) -> str:
    try:
        return message.data.node_info.unique_id or ""
    except AttributeError:
        return ""


# ---------------------------------------------------------------- results


def node_finished(
    result: Any,
    log: EventLog,
    *,
    because: str = "",
    fingerprint: Iterable[str] = (),
    macros: Mapping[str, str] | None = None,
    place: ErrorPlace | None = None,
) -> NodeFinished:
    """What dbt's RunResult says of one node.

    Args:
        result: dbt's result.
        log: the log it is for, which knows what must not be written.
        because: unique_id of the failed node that this one was skipped for.
        fingerprint: the parts that were built.
        macros: the user's macros that were used.
        place: where its error is, where that is known better than dbt's message tells.
    """
    now = time.time()
    node = result.node
    status = str(result.status)
    message = log.clean(without_java_trace(str(result.message or "")))
    duration = float(result.execution_time or 0.0)
    if place is None:
        place = ErrorPlace(*place_of_error(message, node)) if status in FAILURES else ErrorPlace()
    if status in FAILURES:
        message = with_advice(message)
    return NodeFinished(
        at=now,
        unique_id=node.unique_id,
        status=status,
        started_at=now if status == "skipped" else now - duration,
        duration=duration,
        message=message,
        failures=result.failures,
        rows=_rows(result.adapter_response),
        skipped_because=because,
        relation=str(getattr(node, "relation_name", None) or ""),
        fingerprint=list(fingerprint),
        macros=dict(macros or {}),
        compiled_path=str(getattr(node, "compiled_path", None) or ""),
        path=place.path,
        line=place.line,
        last_line=place.last_line,
        compiled_line=place.compiled_line,
        excerpt_from=place.excerpt_from,
        excerpt=[log.clean(text) for text in place.excerpt],
        thread=str(result.thread_id or ""),
    )


OF_FAIL_FAST = "fail_fast"
"""What dbt's message has for each node that it left out after a failure."""
NOT_RUN = "not run: --fail-fast"
CUT_SHORT = "cancelled: --fail-fast"
INTERRUPTED = re.compile(
    r"INTERRUPT Error|canceling statement due to user request"
    r"|terminating connection due to administrator command"
)
"""What databases say of a query that dbt has cancelled."""


def after_fail_fast(status: str, message: str, because: str) -> tuple[str, str]:
    """A node's status and message in a run that dbt cut short after a failure: what it interrupted
    is cancelled, and what it left out was not run.

    Args:
        status: of dbt.
        message: of dbt, about this node.
        because: the failed node that this one would be skipped for anyway, or empty.
    """
    if status == "error" and INTERRUPTED.search(message):
        return "cancelled", CUT_SHORT
    if status == "skipped" and not because and OF_FAIL_FAST in message:
        return status, NOT_RUN
    return status, message


def not_run(unique_id: str, why: str = "") -> NodeFinished:
    """The end of a node that was selected and that dbt gave no result for."""
    now = time.time()
    return NodeFinished(
        at=now, unique_id=unique_id, status="skipped", started_at=now, duration=0.0,
        message=why or DID_NOT_RUN,
    )  # fmt: skip


def _rows(response: Any) -> int | None:
    rows = response.get("rows_affected") if isinstance(response, Mapping) else None
    return rows if isinstance(rows, int) and rows >= 0 else None


HELD = re.compile(
    r'Could not set lock on file "(?P<file>[^"]+)".*?held in (?P<program>.+?) \(PID (?P<pid>\d+)\)',
    re.S,
)


IN_USE = " is in use by "


def reason_in_words(message: str) -> str:
    """Why dbt could not run, in a sentence for its user."""
    if found := HELD.search(message):
        program = found["program"].rsplit("/", 1)[-1]
        return (
            f"The database {found['file']}{IN_USE}{program} (PID {found['pid']}): "
            "close it there, then run again."
        )
    return with_advice(without_java_trace(message).strip())
