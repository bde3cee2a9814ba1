"""The end of a run: its last event, and what is written after it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from tui.engine.execution.events import EventLog
from tui.engine.run.clock import note_end
from tui.engine.run.exit_codes import EXIT_CODES
from tui.engine.run.left_queries import left_words
from tui.engine.run.runnable import Runnable
from tui.protocol.events import RunFinished
from tui.protocol.messages import StartRun

HURRY = 1.0
"""Seconds for what is still to be written when a run is cancelled."""


class RunEnd:
    """What is to be written when a run ends, by itself or because its cancelling does not end."""

    def __init__(self, warm: Runnable, request: StartRun, log: EventLog, began: float) -> None:
        """`began` is in seconds since the epoch."""
        self.warm = warm
        """What is run; another one where the run has variables of its own."""
        self.late: Any = None
        """What writes manifest.json after the last event, where dbt does not write it itself."""
        self.late_code: Any = None
        """What writes compiled code while dbt goes on, where dbt does not write it itself."""
        self._request = request
        self._log = log
        self._began = began
        self._only_once = threading.Lock()

    def write(self, finished: RunFinished) -> int:
        """Write the last event and what comes after it; returns the exit code.

        Whoever comes second waits for the end of the process.
        """
        self._only_once.acquire()
        log, warm = self._log, self.warm
        if self.late_code is not None:
            for words in self.late_code.finish(HURRY if finished.status == "cancelled" else None):
                log.say("warn", words)
        if finished.status == "cancelled":
            left = left_words(warm.loaded.config.credentials, log.running, log.cancelled)
            finished = replace(finished, message=left or log.given_up())
        now = time.time()
        log.finish(replace(finished, at=now, elapsed=max(0.0, now - self._began)))
        note_end(warm.loaded.state_dir, now + log.ahead)
        return EXIT_CODES[finished.status]

    def clear_up(self) -> None:
        """Write what nobody waits for: the code that was run, and dbt's manifest."""
        record_code(self.warm, self._log)
        if self.late is not None and not self.late.is_done:
            _write_late(self.late, self.warm, self._request)

    def give_up(self) -> NoReturn:
        """End the process as cancelled, whatever its other threads wait for."""
        code = self.write(RunFinished(at=self._began, status="cancelled", elapsed=0.0))
        os._exit(code)


def record_code(warm: Runnable, log: EventLog) -> None:
    """Keep the code that this run built, so that it can be compared with other runs later."""
    from tui.protocol.recorded_code import RecordedCode

    code: dict[str, Callable[[], str]] = {}
    for key, compiled in log.built.items():
        node = warm.manifest.nodes.get(key)
        if node is None:
            continue
        if digest := warm.fingerprint(key).sql:
            code[digest] = partial(log.clean, node.raw_code or "")
        if compiled and (text := getattr(node, "compiled_code", None)):
            code[compiled] = partial(log.clean, text)
    if code:
        RecordedCode(Path(warm.loaded.state_dir)).add(code)


def _write_late(late: Any, warm: Runnable, request: StartRun) -> None:
    """Write the manifest that dbt's start was not made to wait for."""
    if hasattr(os, "nice"):
        os.nice(15)  # nobody waits for it
    try:
        late.write(request.run_id, warm.loaded.state_dir)
    except OSError as error:
        print(f"manifest.json was not written: {error}", file=sys.stderr)  # noqa: T201
