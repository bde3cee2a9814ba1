"""The JSON of the headless commands: assets, checks and runs as objects. docs/headless.md has them
in words. Pure.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from tui.graph import Asset, AssetStatus, Check, Status
from tui.graph.history import CheckResult, Materialization
from tui.graph.partition_status import PartitionStates
from tui.runs.values import ACTIVE, NodeRun, Run
from tui.workspace.state import WorkspaceState

NEVER = AssetStatus(Status.NEVER)


def timestamp(at: float) -> str | None:
    """ISO 8601 with the local zone, to the millisecond; None for no time."""
    if not at:
        return None
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def asset_record(state: WorkspaceState, asset: Asset) -> dict[str, Any]:
    """One asset of `ls --json`."""
    status = state.statuses.get(asset.unique_id, NEVER)
    latest = state.history.latest.get(asset.unique_id)
    return {
        "unique_id": asset.unique_id,
        "name": asset.name,
        "key": asset.key.split("/") if asset.key else None,
        "resource_type": asset.resource_type,
        "materialized": asset.materialized,
        "package": asset.package,
        "path": asset.path,
        "line": asset.line or None,
        "relation": asset.relation or None,
        "depends_on": list(asset.depends_on),
        "tags": list(asset.tags),
        "group": asset.group or None,
        "owner": asset.owner or None,
        "owners": list(asset.owners),
        "kinds": list(asset.kinds),
        "metadata": json.loads(asset.metadata or "{}"),
        "description": asset.description,
        "partitions": _partitions(state, asset),
        "status": status.status.value,
        "stale_reasons": [
            {"kind": reason.kind, "detail": reason.detail, "cause": reason.cause or None}
            for reason in status.reasons
        ],
        "not_known_offline": state.graph.unknown_of(asset.unique_id),
        "because": status.because or None,
        "latest_run": status.run_id or (latest.run_id if latest else None),
        "materialized_at": _built_at(state.history.built.get(asset.unique_id)),
        "latest": _materialization(latest),
        "checks": [
            check_record(state, state.graph.checks[key])
            for key in state.graph.checks_of.get(asset.unique_id, ())
        ],
    }


def check_record(state: WorkspaceState, check: Check) -> dict[str, Any]:
    """One check: in its asset's `checks`, and of `ls --json --resource-type test`."""
    result = state.history.checks.get(check.unique_id)
    return {
        "unique_id": check.unique_id,
        "name": check.name,
        "resource_type": "unit_test" if check.kind == "unit" else "test",
        "kind": check.kind,
        "test_name": check.test_name or None,
        "asset": check.asset,
        "column": check.column or None,
        "path": check.path,
        "line": check.line or None,
        "depends_on": list(check.depends_on),
        "severity": check.severity,
        "tags": list(check.tags),
        **_result(result),
    }


def run_record(run: Run, *, nodes: bool = False) -> dict[str, Any]:
    """One run of `runs --json`; with `nodes`, what became of each of its nodes."""
    record: dict[str, Any] = {
        "run_id": run.run_id,
        "status": run_status(run),
        "phase": run.status,
        "command": run.command,
        "label": run.label,
        "target": run.target,
        "adapter": run.adapter,
        "started_at": timestamp(run.started_at),
        "finished_at": None if run.is_active else timestamp(run.finished_at),
        "waited": round(run.waited_by(time.time()), 3),
        "counts": run.counts(),
        "full_refresh": run.full_refresh,
        "partitions": list(run.partitions),
        "tags": dict(run.tags),
        "config": json.loads(run.config) if run.config else None,
        "git_commit": run.git_commit or None,
        "dbt_version": run.dbt_version or None,
        "external": run.external,
        "message": run.message or None,
    }
    if nodes:
        record["nodes"] = [node_record(node) for node in run.nodes.values()]
    return record


def run_status(run: Run) -> str:
    """running, success, failed, cancelled or interrupted."""
    if run.status in ACTIVE:
        return "running"
    return "failed" if run.status == "error" else run.status


def _built_at(built: Materialization | None) -> str | None:
    return timestamp(built.finished_at) if built else None


def _materialization(latest: Materialization | None) -> dict[str, Any] | None:
    if latest is None:
        return None
    return {
        "run_id": latest.run_id,
        "status": latest.status,
        "started_at": timestamp(latest.started_at),
        "finished_at": timestamp(latest.finished_at),
        "duration": round(latest.duration, 6),
        "rows": latest.rows,
        "row_count": latest.row_count,
        "metadata": json.loads(latest.metadata or "{}"),
        "message": latest.message or None,
        "skipped_because": latest.skipped_because or None,
    }


def _result(result: CheckResult | None) -> dict[str, Any]:
    return {
        "status": result.status if result else None,
        "failures": result.failures if result else None,
        "message": (result.message or None) if result else None,
        "latest_run": result.run_id if result else None,
        "finished_at": timestamp(result.finished_at) if result else None,
    }


def partitions_in(state: WorkspaceState, asset: Asset) -> PartitionStates:
    """How the partitions of an asset are."""
    from tui.runs.partitioned import states_of  # few projects have partitions

    key = asset.unique_id
    return states_of(state.graph, key, state.history, state.statuses, state.runs)


def _partitions(state: WorkspaceState, asset: Asset) -> dict[str, Any] | None:
    if not asset.parts:
        return None
    found = partitions_in(state, asset)
    return {
        "count": found.count,
        "materialized": found.made,
        "states": {key: one.value for key, one in found.states.items()},
    }


def node_record(node: NodeRun) -> dict[str, Any]:
    """One node of a run: in `runs show --json`, `runs compare --json`, `materialize --json`."""
    return {
        "unique_id": node.unique_id,
        "status": node.status,
        "started_at": timestamp(node.started_at),
        "finished_at": timestamp(node.finished_at),
        "duration": round(node.duration, 6),
        "message": node.message or None,
        "failures": node.failures,
        "rows": node.rows,
        "skipped_because": node.skipped_because or None,
        "path": node.path or None,
        "line": node.line or None,
        "last_line": node.last_line or None,
        "compiled_path": node.compiled_path or None,
        "compiled_line": node.compiled_line or None,
    }
