"""Runs, materializations and check results, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.assets.history import CheckResult, History, Materialization
from tui.protocol import events

__all__ = ["ACTIVE", "CheckResult", "History", "Materialization", "NodeRun", "Run"]

ACTIVE = frozenset({"queued", "waiting", "running", "cancelling"})
"""Statuses of a run that is not over."""


@dataclass(frozen=True, slots=True)
class NodeRun:
    """What one run did, or is doing, with one node (asset or check)."""

    unique_id: str
    status: str
    """queued, running, then dbt's: success, error, skipped, pass, fail, warn, no-op, …;
    or cancelled, interrupted where the run ended without saying."""
    started_at: float = 0.0
    finished_at: float = 0.0
    duration: float = 0.0
    message: str = ""
    failures: int | None = None
    rows: int | None = None
    skipped_because: str = ""
    relation: str = ""
    compiled_path: str = ""
    path: str = ""
    line: int = 0
    thread: str = ""


@dataclass(frozen=True, eq=False)
class Run:
    """One dbt invocation, as far as its events tell. Compares by identity."""

    run_id: str
    status: str
    """queued, waiting (for another run's lock), running, cancelling; success, failed, error,
    cancelled, interrupted."""
    command: str = ""
    kind: str = "build"
    label: str = ""
    project: str = ""
    target: str = ""
    adapter: str = ""
    pid: int = 0
    process_started: str = ""
    dbt_version: str = ""
    git_commit: str = ""
    full_refresh: bool = False
    started_at: float = 0.0
    finished_at: float = 0.0
    message: str = ""
    path: str = ""
    line: int = 0
    waiting_for: str = ""
    nodes: Mapping[str, NodeRun] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """Whether the run is not over."""
        return self.status in ACTIVE

    def counts(self) -> dict[str, int]:
        """How many nodes have each status."""
        found: dict[str, int] = {}
        for node in self.nodes.values():
            found[node.status] = found.get(node.status, 0) + 1
        return found

    def apply(self, new: Iterable[Any]) -> Run:
        """The run after these events (of `tui.protocol.events`), in their order."""
        changed: dict[str, Any] = {}
        nodes: dict[str, NodeRun] | None = None
        for item in new:
            match item:
                case events.RunStarted():
                    changed.update(
                        run_id=item.run_id,
                        command=item.command,
                        kind=item.kind,
                        label=item.label,
                        project=item.project,
                        target=item.target,
                        adapter=item.adapter,
                        pid=item.pid,
                        process_started=item.process_started,
                        dbt_version=item.dbt_version,
                        git_commit=item.git_commit,
                        full_refresh=item.full_refresh,
                        started_at=item.at,
                        status="running",
                    )
                    nodes = {key: NodeRun(key, "queued") for key in item.nodes}
                case events.RunWaiting():
                    changed.update(status="waiting", waiting_for=item.holder)
                case events.RunPlanned():
                    nodes = {key: NodeRun(key, "queued") for key in item.nodes}
                    changed.update(status="running", waiting_for="")
                case events.NodeStarted():
                    nodes = dict(self.nodes) if nodes is None else nodes
                    nodes[item.unique_id] = NodeRun(
                        item.unique_id, "running", started_at=item.at, thread=item.thread
                    )
                case events.NodeFinished():
                    nodes = dict(self.nodes) if nodes is None else nodes
                    nodes[item.unique_id] = NodeRun(
                        item.unique_id,
                        item.status,
                        item.started_at,
                        item.at,
                        item.duration,
                        item.message,
                        item.failures,
                        item.rows,
                        item.skipped_because,
                        item.relation,
                        item.compiled_path,
                        item.path,
                        item.line,
                        item.thread,
                    )
                case events.RunCancelling():
                    changed.update(status="cancelling")
                case events.RunFinished():
                    changed.update(
                        status=item.status,
                        finished_at=item.at,
                        message=item.message,
                        path=item.path,
                        line=item.line,
                    )
        if nodes is not None:
            changed["nodes"] = nodes
        run = replace(self, **changed) if changed else self
        return run.closed() if not run.is_active and self.is_active else run

    def closed(self) -> Run:
        """The run with what never ended marked by how the run ended (cancelled or interrupted)."""
        word = "interrupted" if self.status == "interrupted" else "cancelled"
        nodes = {
            key: replace(node, status=word) if node.status in ("queued", "running") else node
            for key, node in self.nodes.items()
        }
        return replace(self, nodes=nodes)

    def interrupted(self, at: float) -> Run:
        """The run as it is recorded when its process is gone without a last event."""
        return replace(self, status="interrupted", finished_at=at).closed()
