"""`dbtree runs`: what ran, newest first. Needs no dbt: the event logs are enough."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tui.cli import console
from tui.cli.json_records import run_record, run_status
from tui.cli.status_styles import counts_in_words, run_face
from tui.project.project import Project
from tui.runs.queue_files import CLOSED, ENDED
from tui.runs.store import RunStore
from tui.runs.values import Run
from tui.text.formats import human_age, human_duration, plural

UNSTARTED = (CLOSED, ENDED)
"""What runs say of their end that say nothing of themselves: there may be hundreds."""
NO_RUNS = "No runs yet. Start one with `dbtree materialize`."


def runs(
    project: Project, *, limit: int = 20, tags: Sequence[str] = (), as_json: bool = False
) -> int:
    """Print the latest runs.

    Args:
        project: Whose runs.
        limit: How many at most.
        tags: Only those that have all of these: `team`, `team=finance`.
        as_json: Whether they are JSON.

    Raises:
        RunError: when the history cannot be read.
    """
    store = RunStore(project.prepare_state_dir())
    try:
        store.sync()
        without = () if as_json else UNSTARTED
        found = store.runs(limit, tags=tags, without=without)
        oldest = found[-1].started_at if len(found) == limit else 0.0
        unstarted = store.count_of(without, oldest, tags) if without else 0
        for notice in store.notices:
            console.stderr().write(notice)
    finally:
        store.close()
    if as_json:
        console.write_json([run_record(run) for run in found])
        return console.OK
    out = console.stdout()
    out.table((_row(out, run) for run in found), right=(3, 4))
    if unstarted:
        them = "it" if unstarted == 1 else "they"
        console.stderr().write(
            f"{plural(unstarted, 'more run')} never started: dbtree was closed while {them} waited "
            "(`dbtree runs --json` has them)."
        )
    elif not found:
        none = "No run has these tags." if tags else NO_RUNS
        console.stderr().write(none)
    return console.OK


def _row(out: console.Console, run: Run) -> list[str]:
    glyph, style = run_face(run_status(run))
    return [
        f"{out.glyph(glyph)} {run.run_id}",
        out.style(run.status, style) if style else run.status,
        out.style(run.target, "dim"),
        human_age(time.time() - run.started_at) if run.started_at else "",
        human_duration(run.elapsed_by(time.time())) if run.started_at else "",
        counts_in_words(run.counts()),
        out.style(console.one_line(run.command), "dim"),
    ]
