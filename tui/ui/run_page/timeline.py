"""The rows of a run's timeline: one for each asset, its checks folded under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from tui.graph import AssetGraph
from tui.runs.batches import batches_of
from tui.runs.values import STOPPED, NodeRun, Run

NEVER_BEGUN = frozenset({"queued", "skipped"})
BATCH = "batch."
"""How the id of a batch begins; its model's and its own name follow."""
ORDERS = ("start", "duration", "thread")
"""In what order the rows can be, as a key cycles them."""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """An asset with its checks, or a check."""

    node: NodeRun
    checks: tuple[NodeRun, ...] = ()
    """Of an asset: its batches and its checks in this run, in the order in which they ran."""
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
        return 0.0 if never_began(self.node) else self.node.started_at


class Timeline:
    """The rows of a run as it is now. A row is only made when it is asked for: of a large run few
    are seen, and it changes many times a second.
    """

    def __init__(
        self,
        run: Run,
        graph: AssetGraph,
        needs: Mapping[str, Set[str]] | None = None,
        critical: Collection[str] = (),
        unfolded: Collection[str] = (),
        *,
        order: str = ORDERS[0],
        now: float = 0.0,
    ) -> None:
        """Order the rows.

        Args:
            run: the run with its nodes.
            graph: says which check is of which asset.
            needs: what of the run each of its nodes waits for, where that is known already.
            critical: unique_ids of the nodes on the critical path.
            unfolded: unique_ids of the assets whose checks have rows.
            order: one of ORDERS.
            now: seconds since the epoch.
        """
        self._nodes = run.nodes
        self._needs = needs
        self._critical = critical
        self._unfolded = unfolded
        self._threads = _threads(run.nodes.values())
        self._begin = begin_of(run)
        self._checks: dict[str, list[NodeRun]] = {}
        top: list[NodeRun] = []
        for key, node in run.nodes.items():
            check = graph.checks.get(key)
            if node.batches:
                self._checks.setdefault(key, []).extend(_batch_nodes(node))
            if check is not None and check.asset in run.nodes:
                self._checks.setdefault(check.asset, []).append(node)
            else:
                top.append(node)
        self._sorting = _sorting(order, self._threads, now)
        self._rows: list[tuple[NodeRun, bool]] = []
        """Each with whether it is a check under its asset."""
        for node in sorted(top, key=self._sorting):
            self._rows.append((node, False))
            if node.unique_id in unfolded:
                checks = sorted(self._checks.get(node.unique_id, ()), key=self._sorting)
                self._rows += [(check, True) for check in checks]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> TimelineRow:
        node, is_child = self._rows[index]
        key = node.unique_id
        checks = tuple(sorted(self._checks.get(key, ()), key=self._sorting))
        is_unfolded = key in self._unfolded and bool(checks)
        is_critical = key in self._critical or (
            not is_unfolded and any(check.unique_id in self._critical for check in checks)
        )
        thread = 0 if never_began(node) else self._threads.get(node.thread, 0)
        return TimelineRow(
            node, checks, is_unfolded, is_child, is_critical, self._ready_at(key), thread
        )

    def __iter__(self) -> Iterator[TimelineRow]:
        return (self[index] for index in range(len(self)))

    def node(self, index: int) -> NodeRun:
        """The node of a row."""
        return self._rows[index][0]

    def is_child(self, index: int) -> bool:
        """Whether a row is that of a check under its asset."""
        return self._rows[index][1]

    def place_of(self, unique_id: str) -> int:
        """The row of a node; the first where it has none."""
        return next((i for i, (node, _) in enumerate(self._rows) if node.unique_id == unique_id), 0)

    @property
    def last_begun(self) -> int:
        """The last row of an asset that has begun."""
        begun = (
            index
            for index in range(len(self._rows) - 1, -1, -1)
            if not self._rows[index][1] and not never_began(self._rows[index][0])
        )
        return next(begun, 0)

    @property
    def with_checks(self) -> frozenset[str]:
        """The assets that have checks in the run."""
        return frozenset(self._checks)

    def _ready_at(self, unique_id: str) -> float:
        """When the last of what it needs was done; when the run began to work for nothing."""
        if self._needs is None:
            return 0.0
        latest = self._begin
        for key in self._needs.get(unique_id, ()):
            node = self._nodes[key]
            if not node.finished_at:
                return 0.0
            latest = max(latest, node.finished_at)
        return latest


def _batch_nodes(node: NodeRun) -> Iterator[NodeRun]:
    """The batches of a microbatch model, each as a node of its own."""
    for batch in batches_of(node.batches):
        yield NodeRun(
            f"{BATCH}{node.unique_id}.{batch.name}", batch.status, batch.started_at,
            batch.finished_at, max(batch.finished_at - batch.started_at, 0.0), batch.message,
            thread=batch.thread,
        )  # fmt: skip


def asset_of(unique_id: str) -> str:
    """What the node of a row is about: of a batch its model."""
    if not unique_id.startswith(BATCH):
        return unique_id
    return unique_id.removeprefix(BATCH).rpartition(".")[0]


def _threads(nodes: Iterable[NodeRun]) -> dict[str, int]:
    """The names of dbt's threads, counted in the order of their numbers."""

    def number(name: str) -> tuple[int, str]:
        found = re.search(r"\d+", name)
        return (int(found[0]) if found else 0, name)

    names = {node.thread for node in nodes if node.thread}
    return {name: place for place, name in enumerate(sorted(names, key=number), 1)}


def _sorting(
    order: str, threads: Mapping[str, int], now: float
) -> Callable[[NodeRun], tuple[float, ...]]:
    """The key by which nodes are sorted; those that compare equal stay in the run's order."""
    last = len(threads) + 1

    def key(node: NodeRun) -> tuple[float, ...]:
        if never_began(node) and node.status != "skipped":
            return (2,)
        group = int(node.status == "skipped")
        if order == "duration":
            return (group, -seconds_of(node, now), node.started_at)
        if order == "thread":
            return (group, threads.get(node.thread, last), node.started_at)
        return (group, node.started_at)

    return key


def never_began(node: NodeRun) -> bool:
    """Whether it was not worked on: not yet, or not any more since the run was stopped."""
    return node.status in NEVER_BEGUN or (node.status in STOPPED and not node.started_at)


def begin_of(run: Run) -> float:
    """When the first node began, which is where a timeline begins (seconds since the epoch)."""
    return min((node.started_at for node in _begun(run)), default=run.started_at)


def end_of(run: Run) -> float:
    """When the last node was done; when the run ended where none began."""
    return max((node.finished_at for node in _begun(run)), default=run.finished_at)


def _begun(run: Run) -> Iterator[NodeRun]:
    """The nodes that were worked on: one that was stopped before has no start."""
    return (node for node in run.nodes.values() if node.started_at and not never_began(node))


def seconds_of(node: NodeRun, now: float) -> float:
    """How long it took, or takes until now."""
    if node.status == "running":
        return max(now - node.started_at, 0.0)
    return node.duration or max(node.finished_at - node.started_at, 0.0)
