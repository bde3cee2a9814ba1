"""What the engine is asked for, so that it starts a planned run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui.graph import AssetGraph
from tui.project.project import Project
from tui.runs.plan import RunPlan
from tui.runs.values import History

PYTHON = "python"
"""The kind of a check that definitions have."""


def request_of(
    plan: RunPlan, project: Project, run_dir: Path, graph: AssetGraph, history: History
) -> dict[str, Any]:
    """The fields of `StartRun` for a plan that has the id of its run.

    Args:
        plan: what is run.
        project: with the settings that hold for every run.
        run_dir: of this run; absolute.
        graph: of the plan.
        history: of the target.
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
        "materialized": _materialized(plan, graph, history),
        "partitions": list(plan.partitions),
        "record_rows": project.records_rows,
        "lock_wait": project.lock_wait,
        "limits": [list(one) for one in project.concurrency.claims(dict(plan.tags))],
        "pools": dict(project.concurrency.pools),
        "default_pool_limit": project.concurrency.default_pool,
    }


def _materialized(plan: RunPlan, graph: AssetGraph, history: History) -> dict[str, float]:
    """When the assets of Python's checks were materialized last."""
    checks = (graph.checks[key] for key in plan.nodes if key in graph.checks)
    keys = {key for one in checks if one.kind == PYTHON for key in (one.asset, *one.depends_on)}
    return {key: history.built[key].finished_at for key in keys if key in history.built}
