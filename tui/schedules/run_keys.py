"""What became of the runs that a sensor or schedule asked for. For each run key there is one that
was started: a key whose run never was (it waited when dbtree was closed, it was dropped from the
queue) is free again. One that waited when dbtree was closed is asked for again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tui.protocol import events
from tui.runs.queue_files import CLOSED, ENDED, LOG, NOTE, has_begun, record_abandoned
from tui.runs.values import NEVER_STARTED
from tui.schedules.sensor_store import LEASE, SensorStore
from tui.text.formats import plural

READ = 1 << 16
"""Bytes of a run's log within which its end is, where it never started."""


class Kept(NamedTuple):
    """A request whose run waited when dbtree was closed."""

    run_id: str
    """Of that run."""
    request: Any
    """As it was kept."""


class RunKeys:
    """The runs and run keys of one project, while it is still to be seen whether they start."""

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

    def closed_on(self, name: str, target: str, since: float) -> list[Kept]:
        """The requests whose runs waited when dbtree was closed, the oldest first; what was asked
        for before `since`, when it was turned on, is forgotten. Raises RunError.
        """
        store, found = self._store(), []
        for run_id, at, request in store.kept_requests(name, target):
            directory = self._run_dir(run_id)
            has_started = None if run_id in self._waiting() else started(directory)
            if has_started is None:
                continue
            why = "" if has_started else _why_never_started(directory / LOG)
            if why in (CLOSED, ENDED) and at >= since:
                found.append(Kept(run_id, request))
            else:
                store.forget_request(name, target, run_id)
        return found


def repeated(again: Sequence[Kept]) -> str:
    """In words, that runs are asked for again; empty where none is."""
    if not again:
        return ""
    them = "it" if len(again) == 1 else "they"
    return f"{plural(len(again), 'run')} again: dbtree was closed while {them} waited"


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
    return bool(_why_never_started(log))


def _why_never_started(log: Path) -> str:
    """What the log of a run that never started says of it; empty for any other run."""
    text = ""
    with suppress(OSError), log.open("rb") as stream:
        text = stream.read(READ).decode("utf-8", "replace")
    if NEVER_STARTED not in text:
        return ""
    ends = (one for one in map(_event, text.splitlines()) if isinstance(one, events.RunFinished))
    return next(
        (one.message for one in ends
         if one.status == "cancelled" and one.message.startswith(NEVER_STARTED)), "",
    )  # fmt: skip


def _event(line: str) -> object:
    with suppress(ValueError, TypeError, KeyError):
        return events.from_object(json.loads(line))
    return None
