"""`dbtree runs export RUN`: a run as one HTML page that can be sent to somebody. Needs no dbt."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import tui
from tui.cli import console
from tui.cli.commands.logs import AT_ONCE, find_run
from tui.cli.run_html import run_html
from tui.errors import RunError
from tui.project.project import Project
from tui.protocol.private_files import private
from tui.protocol.whole_files import replacement
from tui.runs.log import LogFilter, LogRow, RunLog
from tui.runs.store import RunStore

MOST_ROWS = 20_000
"""Rows of a log that a browser shows without trouble: the first and the last of a longer one."""
LEVEL = LogFilter("info")


def export(project: Project, text: str, output: str = "") -> int:
    """Write the page, to a file of the run's name where none is named, or to stdout for `-`.

    Raises RunError where there is no such run, or the file cannot be written.
    """
    store = RunStore(project.prepare_state_dir())
    try:
        run = find_run(store, text)
        log = RunLog(store.run_dir(run.run_id))
    finally:
        store.close()
    rows, left_out = _rows_of(log)
    page = run_html(run, rows, left_out=left_out, mask=project.mask, version=str(tui.__version__))
    if output == "-":
        for piece in page:
            sys.stdout.write(piece)
        return console.OK
    path = Path(output or f"dbtree-run-{run.run_id}.html")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            replacement(path) as partial,
            open(partial, "x", encoding="utf-8", errors="replace", opener=private) as file,
        ):
            file.writelines(page)
    except OSError as error:
        raise RunError(
            f"The page cannot be written: {error.strerror or error}.", path=str(path)
        ) from error
    console.stdout().write(str(path))
    if run.is_active:
        console.stderr().write(f"{run.run_id} is {run.status}: the page has what is known so far.")
    return console.OK


def _rows_of(log: RunLog) -> tuple[Iterator[LogRow], int]:
    """The rows of a log from level info on, and how many in its middle are left out."""
    while not log.caught_up:
        log.take_in()
    while not log.covers(LEVEL):
        log.count(LEVEL)
    count = log.count(LEVEL)
    if count <= MOST_ROWS:
        return _lines(log, 0, count), 0
    half = MOST_ROWS // 2
    both = chain(_lines(log, 0, half), _lines(log, count - half, count))
    return both, count - MOST_ROWS


def _lines(log: RunLog, start: int, stop: int) -> Iterator[LogRow]:
    for at in range(start, stop, AT_ONCE):
        yield from log.lines(at, min(at + AT_ONCE, stop), LEVEL)
