"""`dbtree runs show RUN`: what became of one run. Needs no dbt: its event log is enough."""

from __future__ import annotations

import math

from tui.cli import console
from tui.cli.commands.logs import find_run
from tui.cli.json_records import run_record, run_status
from tui.cli.status_styles import counts_in_words, node_face, run_face
from tui.project.project import Project
from tui.runs.node_names import name_in
from tui.runs.store import RunStore
from tui.runs.values import BAD, WARNED, NodeRun, Run
from tui.text.formats import human_duration, moment, plural

SHOWN = BAD | WARNED
"""Statuses of a node whose message is shown."""


def show(project: Project, text: str, *, as_json: bool = False) -> int:
    """Print a run with its nodes. Raises RunError where there is none."""
    store = RunStore(project.prepare_state_dir())
    try:
        run = find_run(store, text)
    finally:
        store.close()
    if as_json:
        console.write_json(run_record(run, nodes=True))
    else:
        _print(console.stdout(), run)
    return console.OK


def _print(out: console.Console, run: Run) -> None:
    glyph, style = run_face(run_status(run))
    took = human_duration(run.elapsed_by(run.started_at))
    counts = counts_in_words(run.counts())
    words = out.style(run.status, style) if style else run.status
    out.write(
        f"{out.glyph(glyph)} {out.style(run.run_id, 'bold')}  {words} in {took}"
        + (f": {counts}" if counts else "")
    )
    target = " · ".join(part for part in (run.target, run.adapter) if part)
    facts = (
        ("command", run.command),
        ("target", target),
        ("started", moment(run.started_at, run.finished_at or run.started_at)),
        ("dbt", run.dbt_version),
        ("commit", run.git_commit[:10]),
    )
    out.table([f"  {out.style(name, 'dim')}", value] for name, value in facts if value)
    if run.message:
        at = f"{run.path}:{run.line}: " if run.path else ""
        out.write_lines(f"{at}{run.message}")
    nodes = sorted(run.nodes.values(), key=lambda node: node.started_at or math.inf)
    out.table((_row(out, node) for node in nodes), right=(2,))
    for node in nodes:
        if node.status in SHOWN and node.message:
            out.write()
            place = f"{node.path}:{node.line}" if node.line else node.path
            out.write(f"{out.style(name_in(node.unique_id), 'bold')}  {out.style(place, 'dim')}")
            out.write_lines(node.message)


def _row(out: console.Console, node: NodeRun) -> list[str]:
    glyph, style = node_face(node.status)
    words = node.status
    if node.skipped_because:
        words = f"skipped because of {name_in(node.skipped_because)}"
    elif node.status == "skipped" and node.message:
        words = node.message
    elif node.failures:
        words = f"{node.status}, {plural(node.failures, 'row')}"
    took = human_duration(node.duration) if node.duration else ""
    return [
        f"  {out.glyph(glyph)} {name_in(node.unique_id)}",
        out.style(words, style) if style else words,
        out.style(took, "dim"),
    ]
