"""The rows of a run's timeline: one for each asset, its checks folded under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass

from tui.graph import AssetGraph
from tui.runs.values import NodeRun, Run

NEVER_BEGUN = frozenset({"queued", "skipped"})
ORDERS = ("start", "duration", "thread")
"""In what order the rows can be, as a key cycles them."""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """An asset with its checks, or a check."""

    node: NodeRun
    checks: tuple[NodeRun, ...] = ()
    """Of an asset: its checks in this run, in the order in which they ran."""
    is_unfolded: bool = False
    """Whether its checks have rows of their own, under this one."""
    is_child: bool = False
    """Whether it is a check under the asset that it checks."""
    is_critical: bool = False
    """Whether it is on the critical path; of a folded asset, whether one of its checks is."""
    waits_since: float = 0.0
    """When all that it needs was done (seconds since the epoch): from then on it waited for a
    thread. 0 where that is not so yet, or nobody can say."""
    thread: int = 0
    """Which of the run's threads had it, counted from 1; 0 for none."""

    @property
    def begun_at(self) -> float:
        """When it began (seconds since the epoch); 0 where it never did."""
        return self.node.started_at if self.node.status not in NEVER_BEGUN else 0.0


def timeline_rows(
    run: Run,
    graph: AssetGraph,
    needs: Mapping[str, Set[str]],
    critical: Collection[str],
    unfolded: Collection[str],
    *,
    order: str,
    now: float,
) -> list[TimelineRow]:
    """The rows, in their order.

    Args:
        run: the run with its nodes.
        graph: says which check is of which asset.
        needs: what of the run each of its nodes waits for.
        critical: unique_ids of the nodes on the critical path.
        unfolded: unique_ids of the assets whose checks have rows.
        order: one of ORDERS.
        now: seconds since the epoch.
    """
    checks: dict[str, list[NodeRun]] = {}
    top: list[NodeRun] = []
    for key, node in run.nodes.items():
        check = graph.checks.get(key)
        if check is not None and check.asset in run.nodes:
            checks.setdefault(check.asset, []).append(node)
        else:
            top.append(node)
    threads = _threads(run.nodes.values())
    first = begin_of(run)
    place = {key: index for index, key in enumerate(run.nodes)}
    by = _sorting(order, threads, place, now)

    def row(node: NodeRun, *, is_child: bool = False) -> TimelineRow:
        key = node.unique_id
        own = tuple(sorted(checks.get(key, ()), key=by)) if key in checks else ()
        is_unfolded = key in unfolded and bool(own)
        is_critical = key in critical or (
            not is_unfolded and any(each.unique_id in critical for each in own)
        )
        since = _ready_at(run, needs.get(key, ()), first)
        thread = 0 if node.status in NEVER_BEGUN else threads.get(node.thread, 0)
        return TimelineRow(node, own, is_unfolded, is_child, is_critical, since, thread)

    rows = []
    for node in sorted(top, key=by):
        rows.append(row(node))
        if rows[-1].is_unfolded:
            rows += [row(check, is_child=True) for check in rows[-1].checks]
    return rows


def _threads(nodes: Iterable[NodeRun]) -> dict[str, int]:
    """The names of dbt's threads, counted in the order of their numbers."""

    def number(name: str) -> tuple[int, str]:
        found = re.search(r"\d+", name)
        return (int(found[0]) if found else 0, name)

    names = {node.thread for node in nodes if node.thread}
    return {name: place for place, name in enumerate(sorted(names, key=number), 1)}


def _sorting(
    order: str, threads: Mapping[str, int], place: Mapping[str, int], now: float
) -> Callable[[NodeRun], tuple[float, ...]]:
    def key(node: NodeRun) -> tuple[float, ...]:
        never_began = node.status in NEVER_BEGUN
        start = node.started_at if node.status != "queued" else 0.0
        first: tuple[float, ...] = (node.status == "queued", never_began)
        if order == "duration":
            first = (*first, -seconds_of(node, now))
        elif order == "thread":
            first = (*first, threads.get(node.thread, len(threads) + 1))
        return (*first, start, place[node.unique_id])

    return key


def begin_of(run: Run) -> float:
    """When the first node began, which is where a timeline begins (seconds since the epoch)."""
    begun = (node.started_at for node in run.nodes.values() if node.status not in NEVER_BEGUN)
    return min(begun, default=run.started_at)


def end_of(run: Run) -> float:
    """When the last node was done (seconds since the epoch)."""
    return max((node.finished_at for node in run.nodes.values()), default=run.finished_at)


def _ready_at(run: Run, needed: Iterable[str], first: float) -> float:
    """When the last of these was done; when the run began to work where there are none."""
    latest = first
    for key in needed:
        node = run.nodes[key]
        if not node.finished_at:
            return 0.0
        latest = max(latest, node.finished_at)
    return latest


def seconds_of(node: NodeRun, now: float) -> float:
    """How long it took, or takes until now."""
    if node.status == "running":
        return max(now - node.started_at, 0.0)
    return node.duration or max(node.finished_at - node.started_at, 0.0)
