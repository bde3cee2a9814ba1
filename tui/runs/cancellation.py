"""Stops an active run, whoever started it: asks it first, then kills it.

A run that is asked (SIGINT) cancels its queries in the database and writes how it ended. A killed
one cannot, so its last event is written for it, else it would count as interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tui.errors import RunError
from tui.protocol import events
from tui.protocol.private_files import private
from tui.protocol.processes import is_alive
from tui.runs.follower import RunFollower
from tui.runs.values import Run

DIES_WITHIN = 5.0
"""Seconds that the system may take to end a killed process."""


class Canceller:
    """Stops runs that are followed: asks the first time, kills the second."""

    def __init__(self, run_dir: Callable[[str], Path], notify: Callable[[str, str], None]) -> None:
        """Nothing is stopped yet.

        Args:
            run_dir: gives the directory of a run.
            notify: says something to the user, about a run.
        """
        self._run_dir = run_dir
        self._notify = notify
        self._asked: set[str] = set()
        self._killing: dict[str, asyncio.Task[None]] = {}

    def was_asked(self, run_id: str) -> bool:
        """Whether a run was asked to stop already."""
        return run_id in self._asked

    def stop(self, follower: RunFollower) -> bool:
        """Ask an active run to stop, or kill it; False where its process is gone."""
        run_id = follower.run.run_id
        if run_id in self._asked:
            follower.is_being_killed = True
            self._killing[run_id] = asyncio.create_task(self._kill(follower))
            return True
        try:
            if not ask_to_stop(follower.run):
                return False
        except RunError as error:
            self._notify(error.message, "")
            return True
        self._asked.add(run_id)
        self._notify(f"{run_id} asked to stop; press x again to kill it", run_id)
        return True

    async def _kill(self, follower: RunFollower) -> None:
        run = follower.run
        try:
            events_path = self._run_dir(run.run_id) / "events.jsonl"
            if await asyncio.to_thread(kill, run, events_path):
                self._notify(f"{run.run_id} killed", "")
        except RunError as error:
            self._notify(error.message, "")
        finally:
            follower.is_being_killed = False
            self._killing.pop(run.run_id, None)


def ask_to_stop(run: Run) -> bool:
    """Send SIGINT to the run's process; whether there was one. Raises RunError."""
    return _send(run, signal.SIGINT, whole_session=False)


def kill(run: Run, events_path: Path) -> bool:
    """Kill the run with all that it started, and record it as cancelled; whether it lived.

    Raises:
        RunError: when the system refuses.
    """
    if not _send(run, signal.SIGKILL, whole_session=True):
        return False
    deadline = time.monotonic() + DIES_WITHIN
    while is_alive(run.pid, run.process_started):
        if time.monotonic() > deadline:
            raise RunError(f"Run {run.run_id} (process {run.pid}) cannot be killed.")
        time.sleep(0.01)
    now = time.time()
    last = events.RunFinished(now, "cancelled", max(0.0, now - run.started_at), "killed")
    with contextlib.suppress(OSError):  # room for its end, which it could not give back itself
        events_path.with_name(events.RESERVE).unlink(missing_ok=True)
    try:
        with open(events_path, "a", encoding="utf-8", opener=private) as log:
            # The line before may be torn; an empty one is nothing to a reader.
            log.write(f"\n{events.to_line(last)}\n")
    except OSError as error:
        why = error.strerror or error
        raise RunError(f"{run.run_id} was killed, but this cannot be recorded: {why}.") from error
    return True


def _send(run: Run, number: signal.Signals, *, whole_session: bool) -> bool:
    if not run.is_active or not run.pid or not is_alive(run.pid, run.process_started):
        return False
    try:
        if whole_session and hasattr(os, "killpg") and os.getpgid(run.pid) == run.pid:
            os.killpg(run.pid, number)
        else:
            os.kill(run.pid, number)
            if hasattr(signal, "SIGCONT"):  # one that is stopped would never hear of it
                os.kill(run.pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise RunError(f"Run {run.run_id} (process {run.pid}) belongs to another user.") from error
    return True
