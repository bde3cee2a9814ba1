"""What the engine is asked for, so that it starts a planned run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui.project.project import Project
from tui.runs.plan import RunPlan


def request_of(plan: RunPlan, project: Project, run_dir: Path) -> dict[str, Any]:
    """The fields of `StartRun` for a plan that has the id of its run.

    Args:
        plan: what is run.
        project: with the settings that hold for every run.
        run_dir: of this run; absolute.
    """
    return {
        "run_id": plan.run_id,
        "run_dir": str(run_dir),
        "command": plan.command,
        "nodes": list(plan.nodes),
        "dbt_line": plan.dbt_line,
        "label": plan.label,
        "full_refresh": plan.full_refresh,
        "threads": plan.threads or project.threads,
        "flags": list(plan.flags),
        "vars": plan.vars,
        "tags": dict(plan.tags),
        "config": plan.config,
        "partitions": list(plan.partitions),
        "record_rows": project.records_rows,
        "lock_wait": project.lock_wait,
    }
