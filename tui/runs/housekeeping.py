"""Keeps the recorded runs from growing without end: old ones go, large old logs are compressed.

A run is kept while it is young, among the newest, going on, or one that a status stands on: the
latest attempt, success or result of any asset or check on any target.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tui.protocol.plain import plain
from tui.protocol.recorded_code import FILE as CODE
from tui.protocol.recorded_code import RecordedCode
from tui.runs.compressed_files import compress
from tui.runs.directories import run_dir, run_ids
from tui.runs.store import RunStore
from tui.runs.values import Run

DAY = 86_400.0
ALL = 1_000_000
"""More runs than any project has."""
COMPRESSED_AFTER = 7 * DAY
"""Seconds after its end from which on a large log is compressed."""
LARGE = 1024 * 1024
"""Bytes from which on a log is large."""
FILES = ("events.jsonl", "stdout", "stderr")
REMOVED = ".removed-"
"""How the directory of a run is called while it goes: such a name is no run's."""


@plain(frozen=True)
class Tidied:
    """What was done, or would be."""

    removed: tuple[str, ...] = ()
    """The ids of the runs that went, the newest first."""
    freed: int = 0
    """Bytes of their directories."""
    compressed: tuple[str, ...] = ()
    """The ids of the runs whose logs were compressed."""
    saved: int = 0
    """Bytes that this saves."""
    kept: int = 0
    """How many runs are left."""


@plain(frozen=True)
class Sizes:
    """How much the state directory holds, in bytes."""

    runs: int
    run_count: int
    history: int
    code: int
    total: int


def old_runs(store: RunStore, *, keep_days: int, keep_runs: int, now: float) -> list[Run]:
    """The runs that may go, the newest first, of what the index has.

    Args:
        store: The index.
        keep_days: Runs that began in the latest days are kept.
        keep_runs: So many of the newest runs are kept.
        now: Seconds since the epoch.
    """
    pinned = store.pinned()
    runs = sorted(store.runs(ALL), key=lambda run: (run.started_at, run.run_id), reverse=True)
    return [
        run
        for run in runs[keep_runs:]
        if not run.is_active and run.run_id not in pinned and run.started_at < now - keep_days * DAY
    ]


def tidy(
    store: RunStore, *, keep_days: int, keep_runs: int, now: float, dry_run: bool = False
) -> Tidied:
    """Remove old runs and compress large old logs. Takes as long as the disk needs: for a thread.

    With `dry_run`, nothing is changed, and what would be compressed is not known.
    """
    store.sync()
    old = old_runs(store, keep_days=keep_days, keep_runs=keep_runs, now=now)
    count = len(run_ids(store.state_dir))
    if dry_run:
        freed = sum(size_of(store.run_dir(run.run_id)) for run in old)
        return Tidied(tuple(run.run_id for run in old), freed, kept=count - len(old))
    _finish_removing(store.state_dir)
    removed, freed = [], 0
    for run in old:
        size = size_of(store.run_dir(run.run_id))
        if remove_run(store.state_dir, run.run_id):
            removed.append(run.run_id)
            freed += size
    if removed:
        store.sync()
    # A run that goes on keeps its code before the index knows that it has it.
    if removed and not any(run.is_active for run in store.runs(ALL)):
        RecordedCode(store.state_dir).keep_only(store.code_digests())
    compressed, saved = [], 0
    for run in store.runs(ALL):
        if not run.is_active and (run.finished_at or run.started_at) < now - COMPRESSED_AFTER:
            by = _compress(store.run_dir(run.run_id))
            compressed += [run.run_id] if by else []
            saved += by
    return Tidied(tuple(removed), freed, tuple(compressed), saved, count - len(removed))


def remove_run(state_dir: Path, run_id: str) -> bool:
    """Remove the directory of a run, which is no run any more at once; whether that was possible.

    A link in its place goes, and what it points at stays.
    """
    directory = run_dir(state_dir, run_id)
    aside = directory.with_name(f"{REMOVED}{run_id}")
    try:
        if directory.is_symlink():
            directory.unlink()
            return True
        shutil.rmtree(aside, ignore_errors=True)
        directory.rename(aside)
    except OSError:
        return False
    shutil.rmtree(aside, ignore_errors=True)
    return True


def _finish_removing(state_dir: Path) -> None:
    """Remove what an earlier, interrupted removal left, and directories that never got a log."""
    with contextlib.suppress(OSError):
        for entry in (state_dir / "runs").iterdir():
            if entry.name.startswith(REMOVED):
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.is_dir() and entry.stat().st_mtime < time.time() - DAY:
                with contextlib.suppress(OSError):  # it holds something
                    entry.rmdir()


def _compress(directory: Path) -> int:
    saved = 0
    for name in FILES:
        path = directory / name
        with contextlib.suppress(OSError):  # gone, or there is no room: later
            if path.stat().st_size >= LARGE and not path.is_symlink():
                saved += compress(path)
    return saved


def sizes(state_dir: Path) -> Sizes:
    """How much the state directory holds."""
    history = sum(_file_size(path) for path in state_dir.glob("history*.db*"))
    return Sizes(
        runs=size_of(state_dir / "runs"),
        run_count=len(run_ids(state_dir)),
        history=history,
        code=_file_size(state_dir / CODE),
        total=size_of(state_dir),
    )


def size_of(directory: Path) -> int:
    """Bytes of all files in a directory."""
    return sum(_file_size(path) for path in _files(directory))


def _files(directory: Path) -> Iterator[Path]:
    for at, _, names in os.walk(directory):
        yield from (Path(at, name) for name in names)


def _file_size(path: Path) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
