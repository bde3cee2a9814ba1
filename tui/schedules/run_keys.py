"""Run keys: for each there is one run of a sensor or schedule that was started. A key whose run
never was (it waited when dbtree was closed, it was dropped from the queue) is free again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path

from tui.protocol import events
from tui.runs.queue_files import LOG, NOTE, has_begun, record_abandoned
from tui.runs.values import NEVER_STARTED
from tui.schedules.sensor_store import LEASE, SensorStore

READ = 1 << 16
"""Bytes of a run's log within which its end is, where it never started."""


class RunKeys:
    """The run keys of one project, as far as it is still to be seen whether their runs start."""

    def __init__(
        self,
        store: Callable[[], SensorStore],
        run_dir: Callable[[str], Path],
        waiting: Callable[[], Container[str]],
    ) -> None:
        """`run_dir` gives the directory of a run, `waiting` what waits or starts in this window."""
        self._store = store
        self._run_dir = run_dir
        self._waiting = waiting

    def settle(self, name: str, target: str, now: float) -> None:
        """See what became of the runs that a sensor or schedule was given keys for. Raises
        RunError.
        """
        store = self._store()
        for run_key, run_id, at in store.unsettled(name, target):
            if not run_id:  # whoever reserved it was ended before it could say for which run
                if now - at > LEASE:
                    store.release(name, target, run_key)
                continue
            if run_id in self._waiting():
                continue
            has_started = started(self._run_dir(run_id))
            if has_started is None:
                continue
            if has_started:
                store.settle_key(name, target, run_key)
            else:
                store.release(name, target, run_key)


def started(run_dir: Path) -> bool | None:
    """Whether a run that was asked for has started; None while it waits, in any window."""
    record_abandoned(run_dir)
    if has_begun(run_dir):
        return not _never_started(run_dir / LOG)
    if (run_dir / NOTE).exists():
        return None
    try:  # between the queue and its first event
        age = time.time() - run_dir.stat().st_mtime
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return None if age < LEASE else False


def _never_started(log: Path) -> bool:
    text = ""
    with suppress(OSError), log.open("rb") as stream:
        text = stream.read(READ).decode("utf-8", "replace")
    return NEVER_STARTED in text and any(
        isinstance(event, events.RunFinished)
        and event.status == "cancelled"
        and event.message.startswith(NEVER_STARTED)
        for event in map(_event, text.splitlines())
    )


def _event(line: str) -> object:
    with suppress(ValueError, TypeError, KeyError):
        return events.from_object(json.loads(line))
    return None
