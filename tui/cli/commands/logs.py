"""`dbtree logs RUN`: what a run logged, from its event log; `-f` follows it until it ends.

Needs no dbt. `latest` is the newest run.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tui.cli import console
from tui.errors import RunError
from tui.project.project import Project
from tui.runs.compressed_files import open_log
from tui.runs.follower import INTERVAL, RunFollower
from tui.runs.log import LogFilter, RunLog
from tui.runs.store import RunStore
from tui.runs.values import Run
from tui.text.formats import clock

LATEST = "latest"
AT_ONCE = 1000
"""Rows written in one go."""
LEVELS = {"warn": "warn", "error": "bad", "debug": "dim"}


def find_run(store: RunStore, text: str) -> Run:
    """The run that a user means by an id, the beginning of one, or `latest`. Raises RunError."""
    store.sync()
    if text == LATEST:
        newest = max(store.runs(1) + store.active(), key=lambda run: run.started_at, default=None)
        run = store.run(newest.run_id) if newest else None
        if run is None:
            raise RunError("No runs yet. Start one with `dbtree materialize`.")
        return run
    run = store.run(text)
    if run is None:
        raise RunError(f"There is no run {text}.", hint="`dbtree runs` lists them.")
    return run


async def logs(
    project: Project, text: str, *, follow: bool = False, raw: bool = False, level: str = "info"
) -> int:
    """Print the log of a run, with `raw` what it wrote to its stdout and stderr."""
    store = RunStore(project.prepare_state_dir())
    try:
        run = find_run(store, text)
        directory = store.run_dir(run.run_id)
    finally:
        store.close()
    if raw:
        await _print_raw(run, directory, follow=follow)
    else:
        await _print_rows(run, directory, LogFilter(level), follow=follow)
    return console.OK


async def _print_rows(run: Run, directory: Path, wanted: LogFilter, *, follow: bool) -> None:
    out = console.stdout()
    if not (follow and run.is_active):
        log = RunLog(directory)
        written = 0
        while True:
            log.poll()
            written = _print_new(out, log, wanted, written)
            if log.caught_up and log.covers(wanted) and written == log.count(wanted):
                break
        _print_end(run)
        return
    written = 0

    def show(_: Run, __: object) -> None:
        nonlocal written
        written = _print_new(out, follower.log, wanted, written)

    follower = RunFollower(Run(run.run_id, "running"), directory, show)
    ended = await follower.follow()
    while written < follower.log.count(wanted) or not follower.log.covers(wanted):
        written = _print_new(out, follower.log, wanted, written)
    _print_end(ended)


def _print_new(out: console.Console, log: RunLog, wanted: LogFilter, written: int) -> int:
    """Write the rows from `written` on, as far as they are known; returns how many are written."""
    count = log.count(wanted)
    while written < count:
        rows = log.lines(written, min(count, written + AT_ONCE), wanted)
        lines = []
        for row in rows:
            at = clock(row.at) if row.at and not row.is_continuation else " " * 8
            style = LEVELS.get(row.level)
            text = out.style(row.text, style) if style else row.text
            lines.append(f"{out.style(at, 'dim')}  {row.level:<5}  {text}".rstrip())
        out.write_all(lines)
        written += len(rows)
        if not rows:
            break
    return written


def _print_end(run: Run) -> None:
    if run.message and run.status in ("error", "interrupted", "cancelled"):
        console.stderr().write_lines(f"{run.run_id} {run.status}: {run.message}")
    elif run.is_active:
        console.stderr().write(f"{run.run_id} is {run.status}; -f follows it.")


async def _print_raw(run: Run, directory: Path, *, follow: bool) -> None:
    """Copy the two files, each to its own stream: byte by byte, unless it is a terminal."""
    follower = RunFollower(Run(run.run_id, "running"), directory, lambda *_: None)
    over = asyncio.create_task(follower.follow()) if follow and run.is_active else None
    positions = {"stdout": 0, "stderr": 0}
    while True:
        is_over = over is None or over.done()
        for name, position in positions.items():
            positions[name] = _copy(directory / name, position, name)
        if is_over:
            return
        await asyncio.sleep(INTERVAL)


def _copy(path: Path, position: int, name: str) -> int:
    """Write what a file has from a position on; returns where it ends."""
    stream = (sys.stdout if name == "stdout" else sys.stderr).buffer
    try:
        with open_log(path) as file:
            file.seek(position)
            while piece := file.read(1 << 20):
                stream.write(_for_terminal(piece) if stream.isatty() else piece)
                position += len(piece)
    except FileNotFoundError:
        return position
    stream.flush()
    return position


def _for_terminal(piece: bytes) -> bytes:
    return console.plain(piece.decode("utf-8", "replace")).encode("utf-8", "replace")
