"""`dbtree schedules run` as a service: one of a target at a time, and what it says of itself.

A lock on a file says whether there is one, whoever was killed; a record beside it says how it is.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from tui.errors import RunError
from tui.protocol.plain import plain
from tui.protocol.private_files import touch_private
from tui.protocol.whole_files import replacement

DIRECTORY = "services"
QUIET = 60.0
"""Seconds without a word after which a service is not well."""
TRIES, PAUSE = 5, 0.1
"""How often a start tries to get the lock, which a question for the status holds for a moment, and
the seconds between."""


@plain(frozen=True)
class ServiceRecord:
    """What a service says of itself."""

    target: str
    pid: int
    began_at: float
    looked_at: float
    """When it was last heard of, in seconds since the epoch."""
    problem: str = ""
    """Why it cannot tick now; empty while all is well."""
    on: int | None = 0
    """How many schedules and sensors are on; None while it starts, and does not know."""
    is_running: bool = True

    def trouble(self, now: float) -> str:
        """What is wrong with it, in a sentence; empty where nothing is."""
        if not self.is_running:
            return "It is not running."
        if self.problem:
            return self.problem
        silent = now - self.looked_at
        return f"It has not been heard of for {silent:.0f} s." if silent > QUIET else ""


def _files(state_dir: Path, target: str) -> tuple[Path, Path]:
    name = re.sub(r"[^\w.-]", "_", target) or "_"
    directory = state_dir / DIRECTORY
    return directory / f"{name}.lock", directory / f"{name}.json"


@contextmanager
def only_instance(state_dir: Path, target: str) -> Iterator[None]:
    """Be the only service of a target. Raises RunError where there is one."""
    lock, record = _files(state_dir, target)
    lock.parent.mkdir(exist_ok=True)
    touch_private(lock)
    with lock.open("rb+") as stream:
        for again in range(TRIES, 0, -1):
            if _is_taken(stream.fileno(), shared=False):
                break
            if again == 1:
                known = read_record(state_dir, target)
                pid = f" (process {known.pid})" if known is not None else ""
                raise RunError(
                    f"`dbtree schedules run` runs already for {target}{pid}.",
                    hint="Look at it with `dbtree schedules run --status`.",
                )
            time.sleep(PAUSE)
        try:
            yield
        finally:
            with suppress(OSError):
                record.unlink()


def write_record(state_dir: Path, record: ServiceRecord) -> None:
    """Say how the service is. A disk that is full makes no difference to it."""
    with suppress(OSError), replacement(_files(state_dir, record.target)[1]) as partial:
        touch_private(partial)
        partial.write_text(json.dumps(asdict(record)), "utf-8")


def read_record(state_dir: Path, target: str) -> ServiceRecord | None:
    """What the service of a target said last; None where there is none."""
    lock, record = _files(state_dir, target)
    try:
        found = ServiceRecord(**json.loads(record.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    with suppress(OSError), lock.open("rb+") as stream:
        if _is_taken(stream.fileno(), shared=True):
            return ServiceRecord(**{**asdict(found), "is_running": False})
    return found


def all_records(state_dir: Path) -> list[ServiceRecord]:
    """What the services of all targets said last."""
    names = sorted(path.stem for path in (state_dir / DIRECTORY).glob("*.json"))
    found = (read_record(state_dir, name) for name in names)
    return [one for one in found if one is not None]


def _is_taken(fd: int, *, shared: bool) -> bool:
    """Take the lock of an open file until it is closed; whether that was possible."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return not shared
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def own_record(target: str, began_at: float, *, problem: str, on: int | None) -> ServiceRecord:
    """The record of this process now."""
    return ServiceRecord(target, os.getpid(), began_at, time.time(), problem, on)
