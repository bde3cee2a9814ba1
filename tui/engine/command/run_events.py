"""dbt's log and results of one run → the lines of its event log."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tui.engine.command.log_records import LogRecord
from tui.engine.command.problems import SUMMARIES, is_of_v2, reason_and_place
from tui.engine.execution.error_place import place_of_error
from tui.engine.execution.events import (
    CUT_SHORT,
    HELD,
    NOT_RUN,
    EventLog,
    after_fail_fast,
    reason_in_words,
)
from tui.engine.execution.run_nodes import DID_NOT_RUN
from tui.engine.run.source_age import age_words
from tui.protocol.events import (
    FAILURES,
    BatchFinished,
    BatchStarted,
    NodeFinished,
    NodeStarted,
    RunFinished,
)

WORDS = frozenset({"ok", "succeeded", "pass", "skipped", "error", "none"})
"""Messages of dbt that say no more than the status."""


FRESHNESS_RESULT = "LogFreshnessResult"
"""The event that says no more of a source than its status."""
AGE = "max_loaded_at_time_ago_in_s"
"""The age of a source's newest row, in sources.json."""
BATCH = re.compile(r"batch (\S+) of ")
"""Its name in what dbt says of it: `batch 2024-01-31 of microbatch model main.daily`."""
LATEST = 5
"""Lines that are kept of what is no event."""


def _result_of(record: LogRecord) -> dict[str, Any]:
    result = record.data.get("run_result")
    return result if isinstance(result, dict) else {}


class RunEvents:
    """Writes what dbt tells of a run, and knows how it ended."""

    def __init__(
        self,
        log: EventLog,
        recorded: Mapping[str, Mapping[str, Any]],
        source_of: Callable[[str], str],
        *,
        fail_fast: bool = False,
    ) -> None:
        """Nothing is written yet.

        Args:
            log: the run's event log.
            recorded: what is recorded of each node, of `OpenedProject.recorded_of`.
            source_of: the text of a node's file, by its path.
            fail_fast: whether dbt stops at the first failure.
        """
        self._log = log
        self._recorded = recorded
        self._source_of = source_of
        self._fail_fast = fail_fast
        self._started: set[str] = set()
        self._errors: dict[str, str] = {}
        """The last error that dbt told of each node."""
        self._of_dbt: list[str] = []
        """The errors that are about no node."""
        self._plain: list[str] = []
        """The latest lines that are no event of dbt's: a wrapper's own, or a crash."""
        self._failed_hook = ""
        self.statuses: dict[str, str] = {}
        """Of each node that dbt gave a result for."""
        self.invocation_id = ""

    def take(self, record: LogRecord) -> None:
        """Write one event of dbt's log."""
        self.invocation_id = self.invocation_id or record.invocation_id
        key = record.unique_id
        is_summary = record.name in SUMMARIES or record.name == FRESHNESS_RESULT
        if record.level == "error" and not is_summary and record.text.strip():
            if key:
                self._errors.setdefault(key, record.text)
            elif not self._log.cancelling:
                self._of_dbt.append(record.text)
        if not record.name and record.text.strip():
            self._plain = [*self._plain[-LATEST:], record.text]
        self._say(record, key)
        if key.startswith("operation."):
            return self._take_hook(record)
        if record.name == "NodeStart" and key and key not in self._started:
            self._started.add(key)
            if not self._is_ephemeral(key):
                self._log.write(NodeStarted(record.at or time.time(), key, record.thread))
        elif record.name in ("LogStartBatch", "LogBatchResult") and key:
            self._take_batch(record, key)
        elif record.name == "NodeFinished" and key and key not in self.statuses:
            self._finish(key, _result_of(record), record)
        return None

    def _take_batch(self, record: LogRecord, key: str) -> None:
        """A batch of a microbatch model, which dbt names in its words only."""
        found = BATCH.search(str(record.data.get("description") or ""))
        at = record.at or time.time()
        if found is None:
            return
        if record.name == "LogStartBatch":
            self._log.write(BatchStarted(at, key, found[1], record.thread))
            return
        took = float(record.data.get("execution_time") or 0.0)
        status = str(record.data.get("status") or "").lower()
        status = status if status in ("error", "skipped") else "success"
        self._log.write(BatchFinished(at, key, found[1], status, at - took, took))

    def _take_hook(self, record: LogRecord) -> None:
        """A hook of the project is no node of the graph, but may fail the run."""
        result = _result_of(record)
        if str(result.get("status") or "") in FAILURES:
            told = str(result.get("message") or self._errors.get(record.unique_id) or "")
            self._failed_hook = self._failed_hook or self._log.clean(told)

    def _say(self, record: LogRecord, key: str) -> None:
        text = self._log.clean(record.text)
        if not text or text.isspace():
            return
        level = record.level if record.level in ("debug", "info", "warn", "error") else "info"
        if level == "error" and (self._log.cancelling or HELD.search(text)):
            level = "debug"  # what was interrupted is no failure; who holds it, a sentence says
        self._log.say(level, text, key, record.name)

    def reconcile(self, path: Path) -> None:
        """Add the results that the log did not tell, from the run_results.json of this run."""
        for result in self._results_in(path):
            key = str(result.get("unique_id") or "")
            if (
                key
                and not key.startswith("operation.")
                and self.statuses.get(key) != result.get("status")
            ):
                self._finish(key, result, None)

    def take_freshness(self, path: Path) -> None:
        """End the sources that dbt was asked about, by the sources.json of this run. dbt leaves
        those out of it whose table could not be asked.
        """
        found = {str(one.get("unique_id") or ""): one for one in self._results_in(path)}
        for key in self._started - found.keys():
            if key in self._errors:
                found[key] = {"status": "runtime error", "error": self._errors[key]}
        for key, result in found.items():
            status = str(result.get("status") or "")
            if not key or not status or self._log.cancelling:
                continue
            self.statuses[key] = status
            took = result.get("execution_time")
            seconds = float(took) if isinstance(took, int | float) else 0.0
            told = str(result.get("error") or "") or age_words(status, result.get(AGE))
            place = str(self._recorded.get(key, {}).get("path") or "") if told else ""
            now, words = time.time(), self._log.clean(told)
            self._log.write(
                NodeFinished(now, key, status, now - seconds, seconds, words, path=place)
            )

    def _results_in(self, path: Path) -> list[dict[str, Any]]:
        """The results of an artifact, where it is of this run's invocation."""
        try:
            told = json.loads(path.read_bytes())
            results = [one for one in told["results"] if isinstance(one, dict)]
            if self.invocation_id and told["metadata"]["invocation_id"] != self.invocation_id:
                return []  # of another run
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return []
        return results

    def not_run(self, nodes: Iterable[str]) -> list[str]:
        """End the nodes that dbt gave no result for, and return them.

        Nothing is built for an ephemeral model or an exposure, and dbt need not say so.
        """
        missing = [key for key in nodes if key not in self.statuses and self.builds(key)]
        now = time.time()
        for key in missing:
            self._log.write(NodeFinished(now, key, "skipped", now, 0.0, DID_NOT_RUN))
        return missing

    def builds(self, key: str) -> bool:
        """Whether dbt tells how this node ended."""
        nothing = key.startswith(("exposure.", "saved_query.", "source."))
        return not nothing and not self._is_ephemeral(key)

    def _is_ephemeral(self, key: str) -> bool:
        """Whether it is told only when it could not be compiled."""
        return bool(self._recorded.get(key, {}).get("is_ephemeral"))

    def end(self, code: int) -> RunFinished:
        """How the run ended, by the exit code of the command (minus a signal's number)."""
        if self._log.cancelling:
            return RunFinished(0.0, "cancelled", 0.0)
        if code == 0:
            return RunFinished(0.0, "success", 0.0)
        if code == 1 and (self.statuses or self._failed_hook):
            return RunFinished(0.0, "failed", 0.0, self._failed_hook)
        told = self._of_dbt[0] if self._of_dbt else "\n".join(self._plain) or f"exit code {code}"
        message, path, line = reason_and_place(self._log.clean(told))
        return RunFinished(0.0, "error", 0.0, reason_in_words(message), path, line)

    # -- one node --------------------------------------------------------------------

    def _finish(self, key: str, result: Mapping[str, Any], record: LogRecord | None) -> None:
        status = str(result.get("status") or "")
        if not status or (self._is_ephemeral(key) and status not in FAILURES):
            return
        if self._log.cancelling and status not in ("success", "pass", "warn", "fail"):
            return  # it was interrupted, or did not begin: that is no result
        self.statuses[key] = status
        at = (record.at if record else 0.0) or time.time()
        duration = float(result.get("execution_time") or 0.0)
        told = str(result.get("message") or "")
        because = self._culprit(key) if status == "skipped" else ""
        message, path, line = self._reason(key, status, told)
        if self._fail_fast:
            found, words = after_fail_fast(status, f"{told}\n{message}", because)
            if words in (NOT_RUN, CUT_SHORT):
                status, message, path, line = found, words, "", 0
        recorded = self._recorded.get(key, {})
        response = result.get("adapter_response") or {}
        rows = response.get("rows_affected") if isinstance(response, Mapping) else None
        failures = result.get("failures", result.get("num_failures"))
        self._log.write(
            NodeFinished(
                at=at,
                unique_id=key,
                status=status,
                started_at=at if status == "skipped" else at - duration,
                duration=duration,
                message=message,
                failures=failures if key.startswith(("test.", "unit_test.")) else None,
                rows=rows if isinstance(rows, int) and rows >= 0 else None,
                skipped_because=because,
                relation=str(recorded.get("relation") or ""),
                fingerprint=list(recorded.get("fingerprint") or ()),
                macros=dict(recorded.get("macros") or {}),
                path=path,
                line=line,
                thread=record.thread if record else "",
            )
        )

    def _reason(self, key: str, status: str, message: str) -> tuple[str, str, int]:
        """What is said of a node, and where: of a failure the file and the line to open."""
        told = self._errors.get(key, "")
        text = told if told and message.strip().lower() in {"", *WORDS} else message
        if status not in FAILURES:
            return self._log.clean("" if status == "skipped" else text), "", 0
        text = self._log.clean(text)
        own = str(self._recorded.get(key, {}).get("path") or "")
        if is_of_v2(text):
            text, path, line = reason_and_place(text)
            if path == own and line:
                return text, path, line
        # dbt v2 names the file that it was sent from, which has other lines.
        node = SimpleNamespace(original_file_path=own, raw_code=self._source_of(own))
        path, line = place_of_error(text, node)
        return text, own if own and path.endswith(own) else path or own, line

    def _culprit(self, key: str) -> str:
        """The nearest node above that failed: for which this one was skipped."""
        seen, level = {key}, [key]
        while level:
            above = [
                parent
                for one in level
                for parent in self._recorded.get(one, {}).get("above", ())
                if parent not in seen
            ]
            seen.update(above)
            for parent in above:
                if self.statuses.get(parent) in FAILURES:
                    return parent
            level = above
        return self._failed_check(seen)

    def _failed_check(self, above: set[str]) -> str:
        """A failed check of what is upstream: dbt skips what is behind it."""
        for key, status in self.statuses.items():
            is_check = key.startswith(("test.", "unit_test."))
            if is_check and status in FAILURES:
                tested = self._recorded.get(key, {}).get("above", ())
                if any(one in above for one in tested):
                    return key
        return ""
