"""A run whose database another process holds waits for it, and says for whom and until when."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tui.engine.execution.events import IN_USE, EventLog
from tui.engine.process.database_locks import Holder, files_of, wait_until_free
from tui.protocol.events import RunFinished, RunWaiting


class DatabaseWait:
    """The waiting of one run for the files of its database."""

    def __init__(self, credentials: Any, seconds: float, log: EventLog) -> None:
        """`seconds` is how long to wait at most, in all."""
        self._files = files_of(credentials)
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._log = log

    def run_when_free(self, run: Callable[[], RunFinished]) -> RunFinished:
        """Run once nobody holds the database, and again where somebody takes it just before dbt
        does. A signal's exception ends the waiting.
        """
        while True:
            holder = wait_until_free(self._files, self._left(), self._tell)
            if holder is not None:
                return self._given_up(holder)
            self._log.end_wait()
            finished = run()
            was_held = finished.status == "error" and IN_USE in finished.message
            if not was_held or self._log.has_begun or not self._left():
                return finished

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.0)

    def _tell(self, holder: Holder, until: float) -> None:
        words = self._log.clean(holder.words)
        self._log.write(RunWaiting(at=time.time(), holder=words, until=until))

    def _given_up(self, holder: Holder) -> RunFinished:
        waited = f"; waited {self._seconds:g} s for it" if self._seconds else ""
        words = f"{self._log.clean(holder.sentence)}{waited}. Close it there, then run again."
        return RunFinished(at=0.0, status="error", elapsed=0.0, message=words)
