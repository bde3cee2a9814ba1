"""Stops an active run, whoever started it: asks it first, then kills it.

A run that is asked (SIGINT) cancels its queries in the database and writes how it ended. A killed
one cannot, so its last event is written for it, else it would count as interrupted.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tui.errors import RunError
from tui.protocol import events
from tui.protocol.private_files import private
from tui.protocol.processes import is_alive
from tui.runs.values import Run

DIES_WITHIN = 5.0
"""Seconds that the system may take to end a killed process."""


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
