"""Runs that wait in a window: note in their directories, so that none is lost with the window.

A waiting run has a directory with a `waiting.json`. When the window ends, however it does, and the
run has not begun, it gets a record that says so: it was never started. A run that begins or that
the user drops takes its note away.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from tui.protocol import events
from tui.protocol.private_files import write_private
from tui.protocol.processes import is_alive, process_start
from tui.runs.plan import RunPlan
from tui.runs.values import NEVER_STARTED

NOTE = "waiting.json"
LOG = "events.jsonl"
CLOSED = f"{NEVER_STARTED}dbtree was closed while it waited."
ENDED = f"{NEVER_STARTED}dbtree ended while it waited."


def note_waiting(run_dir: Path, plan: RunPlan, *, project: str, target: str) -> None:
    """Remember on disk that this run waits in this process. A full disk forgets it."""
    note = {
        "pid": os.getpid(),
        "process_started": process_start(os.getpid()),
        "run_id": plan.run_id,
        "command": plan.dbt_line,
        "kind": plan.command,
        "label": plan.label,
        "project": project,
        "target": plan.target or target,
        "asked_at": plan.asked_at,
        "full_refresh": plan.full_refresh,
        "nodes": list(plan.nodes),
    }
    with contextlib.suppress(OSError):
        run_dir.mkdir(parents=True, exist_ok=True)
        write_private(run_dir / NOTE, json.dumps(note))


def forget_waiting(run_dir: Path) -> None:
    """The run begins, or is dropped."""
    with contextlib.suppress(OSError):
        (run_dir / NOTE).unlink(missing_ok=True)


def record_never_started(run_dir: Path, why: str) -> bool:
    """Turn the note of a waiting run into the log of a run that never started; whether it did."""
    try:
        note = json.loads((run_dir / NOTE).read_text(encoding="utf-8"))
        lines = _log_of(note, why)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    with contextlib.suppress(OSError):
        if not (run_dir / LOG).exists():
            write_private(run_dir / LOG, lines)
        forget_waiting(run_dir)
        return True
    return False


def record_abandoned(run_dir: Path) -> bool:
    """As `record_never_started`, where the process in which the run waited is gone."""
    try:
        note = json.loads((run_dir / NOTE).read_text(encoding="utf-8"))
        is_waiting = is_alive(int(note["pid"]), str(note["process_started"]))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        is_waiting = False
    return not is_waiting and record_never_started(run_dir, ENDED)


def has_begun(run_dir: Path) -> bool:
    """Whether the run's process has written something of its log."""
    try:
        return (run_dir / LOG).stat().st_size > 0
    except OSError:
        return False


def _log_of(note: dict[str, Any], why: str) -> str:
    asked_at = float(note["asked_at"])
    began = events.RunStarted(
        asked_at, str(note["run_id"]), str(note["command"]), str(note["kind"]), str(note["label"]),
        str(note["project"]), str(note["target"]), "", 0, "",
        full_refresh=bool(note["full_refresh"]), nodes=[str(key) for key in note["nodes"]],
    )  # fmt: skip
    ended = events.RunFinished(max(asked_at, time.time()), "cancelled", 0.0, why)
    return f"{events.to_line(began)}\n{events.to_line(ended)}\n"
