"""`dbtree status`: the status of the project on its target, on one screen."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tui.cli import console
from tui.cli.json_records import run_record, run_status
from tui.cli.opened_workspace import left_out, parsed_workspace, where
from tui.cli.status_styles import run_face, status_face
from tui.graph import Status
from tui.graph.partition_reasons import failed_partitions
from tui.graph.staleness import NEVER_BUILT
from tui.project.project import Project
from tui.text.formats import human_age, plural
from tui.workspace.state import WorkspaceState

ATTENTION = (Status.FAILED, Status.CHECKS_FAILED, Status.SKIPPED, Status.WARNED, Status.STALE)
"""What is listed by name, in this order."""


async def status(project: Project, *, as_json: bool = False) -> int:
    """Print counts of assets by status, what needs attention and why, and the latest run."""
    async with parsed_workspace(project, is_final=True, lists_left_out=True) as workspace:
        state = workspace.state
    if as_json:
        console.write_json(status_record(state))
        return console.OK
    _print(console.stdout(), state)
    return console.OK


def status_record(state: WorkspaceState) -> dict[str, Any]:
    """The JSON of `status --json`."""
    return {
        "project": state.project.name,
        "target": state.target,
        "adapter": state.engine.adapter if state.engine else None,
        "assets": len(state.graph.assets),
        "checks": len(state.graph.checks),
        "counts": _counts(state),
        "stale": _stale(state),
        "attention": [
            {
                "unique_id": unique_id,
                "name": state.graph.assets[unique_id].name,
                "status": state.statuses[unique_id].status.value,
                "stale_reasons": [
                    {"kind": reason.kind, "detail": reason.detail, "cause": reason.cause or None}
                    for reason in state.statuses[unique_id].reasons
                ],
                "because": state.statuses[unique_id].because or None,
            }
            for unique_id in _attention(state)
        ],
        "active_runs": [run_record(run) for run in state.runs if run.is_active],
        "latest_run": run_record(state.runs[0]) if state.runs else None,
        "warnings": [warning.message for warning in state.warnings],
        "left_out": [
            {"message": one.message, "path": one.path or None, "line": one.line or None}
            for one in left_out(state)
        ],
    }


def _counts(state: WorkspaceState) -> dict[str, int]:
    return dict(Counter(status.status.value for status in state.statuses.values()))


def _stale(state: WorkspaceState) -> int:
    """How many are stale, also where their status says something worse."""
    return sum(status.is_stale for status in state.statuses.values())


def _attention(state: WorkspaceState) -> list[str]:
    wanted = {kind: place for place, kind in enumerate(ATTENTION)}
    listed = [
        key
        for key in state.graph.order
        if key in state.statuses and state.statuses[key].status in wanted
    ]
    return sorted(listed, key=lambda key: wanted[state.statuses[key].status])


def _print(out: console.Console, state: WorkspaceState) -> None:
    adapter = f" · {state.engine.adapter}" if state.engine else ""
    out.write(f"{out.style(state.project.name, 'bold')}  {state.target}{adapter}")
    counts = _counts(state)
    words = [f"{counts[kind.value]} {kind.value}" for kind in Status if kind.value in counts]
    assets, checks = len(state.graph.assets), len(state.graph.checks)
    hidden = _stale(state) - counts.get(Status.STALE.value, 0)
    if hidden:
        words.append(f"{_stale(state)} stale in all")
    out.write(f"{plural(assets, 'asset')}, {plural(checks, 'check')}: {', '.join(words)}")
    active = [run for run in state.runs if run.is_active]
    for run in active or filter(None, [state.latest]):
        glyph, style = run_face(run_status(run))
        age = human_age(time.time() - run.started_at)
        status = out.style(run.status, style) if style else run.status
        out.write(f"Latest run: {out.glyph(glyph)} {run.run_id} {status}, {age}, {run.command}")
    rows = []
    for key in _attention(state):
        found = state.statuses[key]
        glyph, style = status_face(found.status)
        told = [one for one in found.reasons if one.kind != NEVER_BUILT.kind]  # a word says it
        reasons = "; ".join(console.one_line(reason.detail, 80) for reason in told[:3])
        if found.because and found.because in state.graph.assets:
            reasons = reasons or f"because of {state.graph.assets[found.because].name}"
        if which := failed_partitions(state.history, key):
            reasons = "; ".join(filter(None, [f"failed at {which}", reasons]))
        name = state.graph.assets[key].name
        rows.append([out.glyph(glyph), name, out.style(" · ".join(found.words), style), reasons])
    if rows:
        out.write()
        out.table(rows)
    if missing := left_out(state):
        out.write()
        out.write(f"Left out of the Dagster project: {plural(len(missing), 'thing')}")
        out.write_all(
            f"  {where(state.project.shown(one.path), one.line)}{one.message}" for one in missing
        )
