"""A run whose database another process holds waits for it, and says for whom and until when."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.engine.execution.events import IN_USE, EventLog
from tui.engine.process.database_locks import Holder, files_of, wait_until_free
from tui.engine.process.locks import LockHeld, lock_path, take_run_lock
from tui.protocol.events import RunFinished, RunWaiting
from tui.protocol.messages import StartRun


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


def wait_for_run_lock(state_dir: Path | str, target: str, request: StartRun, log: EventLog) -> int:
    """The descriptor of the target's lock, once no other run has it; -1 where it cannot be taken:
    there is no room for it, or nowhere to write. The database has its own. Raises LockHeld.
    """
    seconds = None if request.waits_long else request.lock_wait

    def tell(holder: str) -> None:
        until = 0.0 if seconds is None else time.time() + seconds
        log.write(RunWaiting(at=time.time(), holder=holder, until=until))

    try:
        lock = take_run_lock(lock_path(Path(state_dir), target), request.run_id, tell, seconds)
    except OSError as error:
        log.say("warn", f"The run's lock cannot be taken: {error.strerror or error}.")
        lock = -1
    log.end_wait()
    return lock


def held_too_long(held: LockHeld, request: StartRun) -> str:
    """That another run had the database for longer than was waited, in a sentence."""
    waited = f"waited {request.lock_wait:g} s for it" if request.lock_wait else "not waited for"
    return f"The database is in use by {held}; {waited}."
