"""A run of `dbt source freshness`: dbt's own task, with an event for each source.

dbt writes what it finds to `target/sources.json`, from which the tree has it.
"""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import suppress
from typing import Any

from tui.engine.process.ignored_events import CACHE_EVENTS, ignoring
from tui.engine.run.source_age import GOOD, age_words
from tui.protocol.events import NodeFinished, NodeStarted, RunFinished, RunPlanned
from tui.protocol.messages import FRESHNESS, StartRun

BEGAN, ENDED = "LogStartLine", "LogFreshnessResult"
"""dbt's events about one source."""


class FreshnessEvents:
    """Turns dbt's events about sources into those of a run's log."""

    def __init__(self, log: Any) -> None:
        self._log = log

    @ignoring(CACHE_EVENTS)
    def hear(self, message: Any) -> None:
        """A callback of dbt, called in any thread."""
        name = message.info.name
        if name not in (BEGAN, ENDED):
            return
        key = str(message.data.node_info.unique_id)
        now, thread = time.time(), str(message.info.thread)
        if name == BEGAN:
            self._log.write(NodeStarted(now, key, thread))
            return
        took = float(message.data.execution_time or 0.0)
        status = str(message.data.status)
        self._log.write(NodeFinished(now, key, status, now - took, took, thread=thread))

    def explain(self, result: Any) -> None:
        """Say of a source that is not fresh why not, once dbt has said it."""
        status = str(result.status)
        if status == GOOD:
            return
        now, took = time.time(), float(result.execution_time or 0.0)
        age = getattr(result, "age", None)
        words = str(result.message or "") or age_words(status, age)
        self._log.write(
            NodeFinished(
                now, result.node.unique_id, status, now - took, took, self._log.clean(words),
                path=str(result.node.original_file_path or ""), thread=str(result.thread_id or ""),
            )
        )  # fmt: skip


def run_freshness(warm: Any, request: StartRun, log: Any) -> RunFinished:
    """Ask how fresh the sources of a request are. Returns how it ended, without times."""
    from dbt.cli.main import dbtRunner

    from tui.engine.execution.events import reason_in_words

    sources = [warm.manifest.sources[key] for key in request.nodes if key in warm.manifest.sources]
    chosen = [f"source:{one.package_name}.{one.source_name}.{one.name}" for one in sources]
    args = [*FRESHNESS.split(), *warm.loaded.global_args, "--no-use-colors"]
    args += ["--threads", str(request.threads)] if request.threads else []
    args += ["--select", *chosen] if chosen else []
    log.write(RunPlanned(time.time(), [one.unique_id for one in sources]))
    events = FreshnessEvents(log)
    with suppress(ValueError):
        sys.argv = shlex.split(request.dbt_line) or sys.argv  # what dbt says it was invoked as
    runner = dbtRunner(manifest=warm.manifest, callbacks=[log.on_dbt_event, events.hear])
    result = runner.invoke(args)
    if log.cancelling:
        return RunFinished(at=0.0, status="cancelled", elapsed=0.0)
    if result.exception is not None:
        told = log.clean(str(result.exception) or type(result.exception).__name__)
        return RunFinished(at=0.0, status="error", elapsed=0.0, message=reason_in_words(told))
    for one in getattr(result.result, "results", ()):
        events.explain(one)
    status = "success" if result.success else "failed"
    return RunFinished(at=0.0, status=status, elapsed=0.0)
