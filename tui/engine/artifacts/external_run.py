"""Writes the event log of a run that somebody else started: a run like any other from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from tui.engine.artifacts.built_from import Built, BuiltFrom
from tui.engine.artifacts.external_log import taken_lines
from tui.engine.execution.error_place import ErrorPlace, find_place, with_declaration
from tui.engine.execution.events import OF_FAIL_FAST, EventLog, after_fail_fast
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.secrets import scrubber
from tui.engine.records.run_limits import RunLimits, options_part
from tui.protocol import events
from tui.protocol.events import FAILURES
from tui.protocol.messages import ExternalRunRecorded, RecordExternalRun, Refused
from tui.protocol.private_files import make_private_directory
from tui.protocol.whole_files import replacement

LONGEST_LOG = 4 * 1024 * 1024
"""Bytes of dbt's log that are taken over."""
STOPPED = frozenset({"success", "pass", "warn", "fail", "no-op"})
"""What counts of a run that was stopped by hand: the rest was interrupted."""
IS_CHECK = ("test.", "unit_test.")
KILLED = "dbt was killed or has died: what it had done is known from its log alone."


@dataclass(frozen=True)
class _Result:
    """One node of such a run."""

    unique_id: str
    status: str
    started_at: float
    finished_at: float
    message: str = ""
    failures: int | None = None
    rows: int | None = None
    relation: str = ""
    code: str = ""
    thread: str = ""


def record_external_run(
    warm: WarmProject, request: RecordExternalRun
) -> ExternalRunRecorded | Refused:
    """Write the log of one run, whole.

    Args:
        warm: The project as it is today.
        request: What is known of the run, and where its artifacts are.
    """
    data: dict[str, Any] = {}
    if request.run_results:
        try:
            data = json.loads(Path(request.run_results).read_bytes())
            is_that = data["metadata"]["invocation_id"] == request.invocation_id
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            is_that = False
        if not is_that:
            return Refused(request.id, "run_results.json is of another run by now.")
    try:
        _Record(warm, request, data).write()
    except OSError as error:
        why = error.strerror or str(error)
        return Refused(request.id, f"A run from elsewhere cannot be recorded: {why}.")
    return ExternalRunRecorded(request.id, request.run_id)


class _Record:
    """The log of one run in the making."""

    def __init__(self, warm: WarmProject, request: RecordExternalRun, data: dict[str, Any]) -> None:
        self.warm, self.request = warm, request
        self.results = [*_results_of(data)] if data else [*_logged(request)]
        if request.stopped_by_hand:
            self.results = [one for one in self.results if one.status in STOPPED]
        if any(OF_FAIL_FAST in one.message for one in self.results):
            self.results = [_cut_short(one) for one in self.results]
        self.args = data.get("args") or {}
        metadata = data.get("metadata") or {}
        self.dbt_version = str(metadata.get("dbt_version") or "")
        self.ended = _seconds(metadata.get("generated_at")) or request.ended_at
        starts = [one.started_at for one in self.results if one.started_at]
        self.began = (
            _seconds(metadata.get("invocation_started_at"))
            or request.began_at
            or min(starts, default=self.ended)
        )
        self.built_from = BuiltFrom(warm, Path(request.manifest), request.invocation_id, self.began)

    def write(self) -> None:
        run_dir = Path(self.request.run_dir)
        make_private_directory(run_dir)
        with replacement(run_dir / "events.jsonl") as partial:
            log = EventLog(partial, scrubber(self.warm.loaded.config.credentials))
            log.write(self._started())
            log.write(events.RunPlanned(self.began, [one.unique_id for one in self._in_order()]))
            told: list[Any] = [*self._node_events(log), *self._log_lines(log)]
            for event in sorted(told, key=lambda event: float(event.at)):
                log.write(event)
            log.finish(self._finished(log))

    def _in_order(self) -> list[_Result]:
        return sorted(self.results, key=lambda one: (one.started_at or self.ended, one.unique_id))

    def _started(self) -> events.RunStarted:
        config, request = self.warm.loaded.config, self.request
        select = self.args.get("select") or ()
        label = " ".join(map(str, select)) if isinstance(select, list | tuple) else str(select)
        return events.RunStarted(
            at=self.began, run_id=request.run_id, command=request.command,
            kind=request.kind, label=label or "all", project=config.project_name,
            target=request.target, adapter=config.credentials.type, pid=0, process_started="",
            dbt_version=self.dbt_version, full_refresh=bool(self.args.get("full_refresh")),
            threads=request.threads, external=True,
        )  # fmt: skip

    def _finished(self, log: EventLog) -> events.RunFinished:
        failed = any(one.status in FAILURES for one in self.results)
        status, message = ("failed" if failed else "success"), ""
        if self.request.stopped_by_hand:
            status = "cancelled"
        elif self.request.killed:
            status, message = "interrupted", KILLED
        elif not self.results and self.request.message:
            status, message = "error", log.clean(self.request.message)
        elapsed = max(self.ended - self.began, 0.0)
        return events.RunFinished(at=self.ended, status=status, elapsed=elapsed, message=message)

    @property
    def _limits(self) -> RunLimits:
        """The rows that its options left out."""
        sample = self.args.get("sample")
        if isinstance(sample, dict):
            sample = " – ".join(str(sample.get(end, ""))[:16] for end in ("start", "end"))
        return RunLimits(bool(self.args.get("empty")), str(sample or ""))

    # -- nodes --------------------------------------------------------------

    def _node_events(self, log: EventLog) -> Iterator[Any]:
        statuses = {one.unique_id: one.status for one in self.results}
        culprits = _culprits(statuses, self.built_from.parents)
        for one in self.results:
            if one.started_at and one.status != "skipped":
                yield events.NodeStarted(one.started_at, one.unique_id, one.thread)
            if one.status:
                yield self._node_finished(one, log, culprits.get(one.unique_id, ""))

    def _node_finished(self, one: _Result, log: EventLog, because: str) -> events.NodeFinished:
        built = Built()
        if not one.unique_id.startswith(IS_CHECK):
            built = self.built_from.of(one.unique_id, one.code)
        fingerprint = built.fingerprint
        if fingerprint is not None:
            rows = self.built_from.rows_of(one.unique_id, self._limits)
            options = options_part(rows, {}, edited=built.edited)
            fingerprint = fingerprint._replace(options=options)
        message = log.clean(one.message)
        place, node = ErrorPlace(), self.built_from.node(one.unique_id)
        if one.status in FAILURES and node is not None:
            node.compiled_code = one.code or None
            config = self.warm.config
            lines = partial(self.warm.source_lines, one.unique_id, one.code, config)
            place = find_place(one.message, node, "", lines)
            place = with_declaration(place, self.warm.declared_line(one.unique_id))
        at = one.finished_at or self.ended
        return events.NodeFinished(
            at=at, unique_id=one.unique_id, status=one.status,
            started_at=one.started_at or at, duration=max(at - (one.started_at or at), 0.0),
            message=message, failures=one.failures, rows=one.rows, skipped_because=because,
            relation=one.relation or str(getattr(node, "relation_name", None) or ""),
            fingerprint=list(fingerprint or ()), macros=built.macros,
            path=place.path, line=place.line, last_line=place.last_line,
            compiled_line=place.compiled_line, excerpt_from=place.excerpt_from,
            excerpt=[log.clean(text) for text in place.excerpt], thread=one.thread,
            compiled_path=str(getattr(node, "compiled_path", None) or ""),
        )  # fmt: skip

    # -- the log ------------------------------------------------------------

    def _log_lines(self, log: EventLog) -> list[events.LogLine]:
        """Dbt's own lines, as its log has them."""
        request = self.request
        if request.log_stop <= request.log_start:
            return []
        try:
            with Path(request.log).open("rb") as stream:
                stream.seek(max(request.log_start, request.log_stop - LONGEST_LOG))
                data = stream.read(min(request.log_stop - request.log_start, LONGEST_LOG))
        except OSError:
            return []
        keys = [one.unique_id for one in self.results]
        taken = taken_lines(data.decode("utf-8", "replace"), keys)
        last = taken[-1].clock if taken else ""
        lines = []
        for line in taken:
            at = request.ended_at - _between(line.clock, last)
            text = log.clean(line.text)
            if text.strip():
                lines.append(events.LogLine(at, line.level, text, line.unique_id, line.name))
        return lines


def _between(earlier: str, later: str) -> float:
    """Seconds between two times of day; what seems to go back went over midnight."""
    first, second = (
        int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + float(clock[6:])
        for clock in (earlier, later)
    )
    return second - first if second >= first else second - first + 86_400


def _results_of(data: dict[str, Any]) -> Iterator[_Result]:
    """The nodes of a run_results.json."""
    results = data.get("results")
    for result in results if isinstance(results, list) else ():
        if not isinstance(result, dict) or not isinstance(result.get("unique_id"), str):
            continue
        times = [
            _seconds(timing.get(name))
            for timing in result.get("timing") or ()
            if isinstance(timing, dict)
            for name in ("started_at", "completed_at")
        ]
        known = [at for at in times if at]
        response = result.get("adapter_response")
        rows = response.get("rows_affected") if isinstance(response, dict) else None
        failures = result.get("failures")
        yield _Result(
            result["unique_id"], str(result.get("status") or ""),
            min(known, default=0.0), max(known, default=0.0), str(result.get("message") or ""),
            failures if isinstance(failures, int) else None,
            rows if isinstance(rows, int) and rows >= 0 else None,
            str(result.get("relation_name") or ""), str(result.get("compiled_code") or ""),
            str(result.get("thread_id") or ""),
        )  # fmt: skip


def _cut_short(one: _Result) -> _Result:
    """The node of a run that dbt cut short after a failure. For what it was skipped else, its
    parents tell.
    """
    status, message = after_fail_fast(one.status, one.message, "")
    return replace(one, status=status, message=message)


def _logged(request: RecordExternalRun) -> Iterator[_Result]:
    """The nodes that a log tells of: those that had ended, and those that were worked on."""
    for unique_id, status, started_at, finished_at in request.nodes:
        yield _Result(str(unique_id), str(status), float(started_at), float(finished_at))


def _culprits(statuses: dict[str, str], parents: dict[str, list[str]]) -> dict[str, str]:
    """For what each node was skipped: the failed node, or the failed check of one, above it."""
    failed_checks: dict[str, str] = {}
    for key, status in statuses.items():
        if status in FAILURES and key.startswith(IS_CHECK):
            for above in parents.get(key, ()):
                failed_checks.setdefault(above, key)
    found: dict[str, str] = {}

    def culprit(key: str, seen: frozenset[str]) -> str:
        for above in parents.get(key, ()):
            if statuses.get(above) in FAILURES:
                return above
            if above in failed_checks:
                return failed_checks[above]
            if above not in seen and (further := culprit(above, seen | {above})):
                return further
        return ""

    for key, status in statuses.items():
        if status == "skipped":
            found[key] = culprit(key, frozenset((key,)))
    return found


def _seconds(text: object) -> float:
    """A time as dbt's artifacts have it, in seconds since the epoch; 0.0 where it is none."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
