"""Runs, materializations and check results, as values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from operator import attrgetter
from typing import Any

from tui.graph.history import CheckResult, History, Materialization
from tui.protocol import events
from tui.protocol.plain import plain
from tui.runs.batches import with_batch

__all__ = [
    "ACTIVE", "BAD", "GOOD", "STOPPED", "WARNED", "CheckResult", "History", "Materialization",
    "NodeRun", "Run",
]  # fmt: skip

ACTIVE = frozenset({"queued", "waiting", "running", "cancelling"})
"""Statuses of a run that is not over."""
BAD = events.FAILURES
"""Statuses of a node that went wrong."""
GOOD = frozenset({"success", "pass", "no-op"})
WARNED = frozenset({"warn"})
STOPPED = frozenset({"cancelled", "interrupted"})
"""Statuses of what was stopped: a run, or a node in one."""


NEVER_STARTED = "Never started: "
"""How the message of a run begins that was dropped while it waited in a window."""


@plain(frozen=True, slots=True)
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
    metadata: str = ""
    """What a function of Python definitions told of it, as compact JSON: label → {kind, value}."""
    last_line: int = 0
    """Where `line` is only the first of the lines that the error may come from, the last."""
    compiled_line: int = 0
    """The line of the compiled code that failed, counted from 1; 0 where unknown."""
    excerpt_from: int = 0
    """The number of the first line of the excerpt."""
    excerpt: str = ""
    """Lines of the compiled code around the one that failed."""
    batches: str = ""
    """Of a microbatch model its batches, as compact JSON; see `tui.runs.batches`."""


@plain(frozen=True, eq=False)
class Run:
    """One dbt invocation, as known from its events. Compares by identity."""

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
    threads: int = 0
    """How many nodes at once; 0 where that is not known, as of a run from the index."""
    started_at: float = 0.0
    finished_at: float = 0.0
    message: str = ""
    path: str = ""
    line: int = 0
    waiting_for: str = ""
    waiting_until: float = 0.0
    """When waiting is given up, in seconds since the epoch; 0 where it is not."""
    waited: float = 0.0
    """Seconds that it has waited for another run or process, in all;"""
    waiting_since: float = 0.0
    """and since when it waits now, in seconds since the epoch; 0 where it does not."""
    external: bool = False
    """Whether it was started elsewhere, and recorded from what it left."""
    partitions: tuple[str, ...] = ()
    """The partitions that it makes of what has any, in their order."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What it was started for, by whom, and what its definitions say of it."""
    config: str = ""
    """Settings of functions and resources of Python definitions, as JSON; empty for none."""
    nodes: Mapping[str, NodeRun] = field(default_factory=dict)
    summary_counts: Mapping[str, int] = field(default_factory=dict)
    """Of a run without its nodes (a summary from the index): how many have each status."""

    @property
    def is_active(self) -> bool:
        """Whether the run is not over."""
        return self.status in ACTIVE

    def waited_by(self, now: float) -> float:
        """Seconds that it has waited, up to now where it waits still."""
        going_on = max((self.finished_at or now) - self.waiting_since, 0.0)
        return self.waited + (going_on if self.waiting_since else 0.0)

    def elapsed_by(self, now: float) -> float:
        """Seconds from its start to its end, or to now, without those that it waited."""
        if not self.started_at or not self.was_started:
            return 0.0
        whole = (self.finished_at or now) - self.started_at
        return max(whole - self.waited_by(now), 0.0)

    def counts(self) -> dict[str, int]:
        """How many nodes have each status."""
        if not self.nodes:
            return dict(self.summary_counts)
        return dict(Counter(map(attrgetter("status"), self.nodes.values())))

    @property
    def was_started(self) -> bool:
        """Whether a process was started for it; else its window ended while it waited."""
        return not (self.status == "cancelled" and self.message.startswith(NEVER_STARTED))

    @property
    def has_ended(self) -> bool:
        """Whether the log has its last event. An interrupted run's has not: more may come."""
        return not self.is_active and self.status != "interrupted"

    def apply(self, new: Iterable[Any]) -> Run:
        """The run after these events (of `tui.protocol.events`), in their order.

        The same events give the same run in whatever portions they come. What comes after the
        last event of a run counts for nothing.
        """
        if self.has_ended:
            return self
        changed: dict[str, Any] = {}
        nodes: dict[str, NodeRun] | None = None
        status, is_over = self.status, False
        for item in new:
            if not self.started_at and "started_at" not in changed:
                changed["started_at"] = item.at
            match item:
                case events.RunStarted():
                    changed.update(_of_start(item))
                    nodes = {key: NodeRun(key, "queued") for key in item.nodes}
                    status = "running"
                case events.RunWaiting():
                    changed["waiting_for"] = item.holder
                    changed["waiting_until"] = item.until
                    status = status if status == "cancelling" else "waiting"
                    changed["waiting_since"] = _known(self, changed, "waiting_since") or item.at
                case events.RunWaitEnded():
                    changed.update(_waited(self, changed, item.at))
                    status = "running" if status == "waiting" else status
                case events.RunPlanned():
                    known = self.nodes if nodes is None else nodes
                    nodes = _planned(known, item.nodes)
                case (
                    events.NodeStarted()
                    | events.NodeFinished()
                    | events.BatchStarted()
                    | events.BatchFinished()
                    | events.NodeMetadata()
                ):
                    nodes = dict(self.nodes) if nodes is None else nodes
                    _note_node(nodes, item)
                case events.RunCancelling():
                    status = "cancelling"
                case events.RunFinished():
                    status = item.status if item.status not in ACTIVE else "error"
                    changed.update(
                        finished_at=item.at, message=item.message, path=item.path, line=item.line
                    )
                    changed.update(_waited(self, changed, item.at))
                    is_over = True
                    break
            if isinstance(item, events.RunPlanned | events.NodeStarted | events.NodeFinished):
                if status != "cancelling":
                    status = "running"
                changed.update(_waited(self, changed, item.at))
        if status != self.status:
            changed["status"] = status
        if nodes is not None:
            changed["nodes"] = nodes
        run = replace(self, **changed) if changed else self
        return run.closed() if run.has_ended or is_over else run

    def closed(self) -> Run:
        """The run with each node that never ended marked by how the run ended.

        In a cancelled or interrupted run they are cancelled or interrupted. Else the run ended by
        itself: what never began was skipped, what had begun was interrupted.
        """
        word = self.status if self.status in ("cancelled", "interrupted") else ""
        nodes = dict(self.nodes)
        for key, node in self.nodes.items():
            if node.status == "queued":
                nodes[key] = replace(node, status=word or "skipped")
            elif node.status == "running":
                nodes[key] = replace(
                    node,
                    status=word or "interrupted",
                    finished_at=self.finished_at,
                    duration=max(0.0, self.finished_at - node.started_at),
                )
        return replace(self, nodes=nodes)

    def interrupted(self, at: float, why: str = "") -> Run:
        """The run as it is recorded when its process is gone without a last event.

        Args:
            at: When, in seconds since the epoch.
            why: How its process ended, in a sentence; empty where nobody knows it.
        """
        return replace(self, status="interrupted", finished_at=at, message=why).closed()


def _known(run: Run, changed: Mapping[str, Any], name: str) -> Any:
    return changed.get(name, getattr(run, name))


def _waited(run: Run, changed: Mapping[str, Any], at: float) -> dict[str, Any]:
    """What of a run changes when it no longer waits from a moment on."""
    found: dict[str, Any] = {"waiting_for": "", "waiting_until": 0.0, "waiting_since": 0.0}
    if since := _known(run, changed, "waiting_since"):
        found["waited"] = _known(run, changed, "waited") + max(at - since, 0.0)
    return found


def _of_start(item: Any) -> dict[str, Any]:
    """What the first event says about a run."""
    names = (
        "run_id", "command", "kind", "label", "project", "target", "adapter", "pid",
        "process_started", "dbt_version", "git_commit", "full_refresh", "external", "threads",
        "config",
    )  # fmt: skip
    return {name: getattr(item, name) for name in names} | {
        "started_at": item.at, "partitions": tuple(item.partitions), "tags": dict(item.tags)
    }  # fmt: skip


def _planned(known: Mapping[str, NodeRun], planned: Iterable[str]) -> dict[str, NodeRun]:
    """The nodes of a plan, in its order. What has begun keeps its state, planned or not."""
    begun = {key: node for key, node in known.items() if node.status != "queued"}
    return {key: begun.get(key) or NodeRun(key, "queued") for key in planned} | begun


def _note_node(nodes: dict[str, NodeRun], item: Any) -> None:
    """Take what happened to a node, or to a batch of it, in."""
    node = nodes.get(item.unique_id)
    if isinstance(item, events.NodeStarted | events.NodeFinished):
        nodes[item.unique_id] = _node_after(node, item)
    elif node is None:
        return
    elif isinstance(item, events.NodeMetadata):
        metadata = with_metadata(node.metadata, item.metadata)
        nodes[item.unique_id] = replace(node, metadata=metadata)
    else:
        nodes[item.unique_id] = replace(node, batches=with_batch(node.batches, item))


def _node_after(before: NodeRun | None, item: Any) -> NodeRun:
    """A node after an event of its own. One that starts twice began at its first start."""
    if isinstance(item, events.NodeStarted):
        if before is not None and before.status == "running":
            return before
        return NodeRun(item.unique_id, "running", started_at=item.at, thread=item.thread)
    return NodeRun(
        item.unique_id, item.status, item.started_at, item.at, item.duration, item.message,
        item.failures, item.rows, item.skipped_because, item.relation, item.compiled_path,
        item.path, item.line, item.thread or (before.thread if before else ""),
        with_metadata("", item.metadata), item.last_line, item.compiled_line, item.excerpt_from,
        "\n".join(item.excerpt), before.batches if before else "",
    )  # fmt: skip


def with_metadata(before: str, more: Mapping[str, Any]) -> str:
    """Metadata as a node keeps it, with more of it; empty where there is none."""
    if not more:
        return before
    together = {**(json.loads(before) if before else {}), **more}
    return json.dumps(together, separators=(",", ":"), ensure_ascii=False)
