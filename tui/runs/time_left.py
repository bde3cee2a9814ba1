"""How long a run that goes on will still take, by how long its nodes took before. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from tui.protocol.plain import plain
from tui.runs.critical_path import CriticalPath, critical_path, durations_of
from tui.runs.forecast import guessed
from tui.runs.node_needs import Needs, in_order, simulated
from tui.runs.values import NodeRun, Run

OVERDUE = 0.1
"""What takes longer than ever takes that part of its time again."""
LATE, LATE_BY = 1.25, 1.0
"""A node takes longer than usual from so many times its usual time on, and so many seconds."""
SURE = 5.0
"""Seconds of work after which a run's own pace counts as much as what was expected."""
SLOWEST = 10.0
"""A run counts as at most so many times slower, or faster, than those before."""
GOOD = frozenset({"success", "pass", "warn"})
"""What says how fast a run is: what fails may fail at once."""
STOPPING = frozenset({"error", "fail", "runtime error", "skipped"})
"""What waits for a node of such a status is skipped."""


@plain(frozen=True)
class Overdue:
    """A node that takes longer than usual, while nothing else is worked on."""

    unique_id: str
    started_at: float
    """Seconds since the epoch."""
    usual: float
    """Seconds that it took before."""


@plain(frozen=True)
class RunEstimate:
    """What is expected of a run that goes on."""

    ends_at: float = 0.0
    """When it ends (seconds since the epoch); 0 where nothing is known of its nodes."""
    path: CriticalPath = CriticalPath()
    """What keeps it from being shorter, by what it took and what it will take."""
    overdue: Overdue | None = None
    """What the run waits for longer than usual: then nobody knows when it ends."""
    is_known: bool = True
    """Whether what is worked on has not taken longer than guessed without ever having run."""

    def seconds_left(self, now: float) -> float | None:
        """Seconds from now on; never less than 0, None where nothing is known."""
        return max(self.ends_at - now, 0.0) if self.ends_at and self.is_known else None


def estimate(
    run: Run,
    needs: Needs,
    expected: Mapping[str, float],
    checks: Container[str],
    threads: int,
    now: float,
    order: Sequence[str] | None = None,
) -> RunEstimate:
    """What is expected of a run, as it is now.

    Args:
        run: the run, with its nodes.
        needs: what of the run each of its nodes waits for.
        expected: seconds that nodes took before, where known.
        checks: which of the nodes are checks: they take as long as each other, not as assets.
        threads: how many nodes run at once.
        now: seconds since the epoch.
        order: the nodes, each after all that it needs, where that is known already.

    Nothing is expected of a run that waits for another one: when it starts is not known.
    """
    if run.status == "waiting":
        return RunEstimate()
    done = durations_of(run)
    went_well = {key: took for key, took in done.items() if run.nodes[key].status in GOOD}
    pace = _pace(went_well, expected)
    known = {key: seconds * pace for key, seconds in expected.items() if key in run.nodes} | done
    if not known or not run.is_active:
        return RunEstimate()
    took = guessed(checks, run.nodes, known)
    order = in_order(needs, run.nodes) if order is None else order
    left = _left(run, needs, order, took, now)
    begun = {key for key in left if run.nodes[key].status == "running"}
    whole = {key: _taken(run.nodes[key], now) + left.get(key, 0.0) for key in run.nodes} | done
    late = _late(run, took, begun, now)
    usual = expected.get(late, 0.0)
    return RunEstimate(
        now + simulated(needs, left, threads, begun),
        critical_path(needs, whole, order),
        Overdue(late, run.nodes[late].started_at, usual) if usual else None,
        not late or bool(usual),
    )


def _late(run: Run, took: Mapping[str, float], begun: Iterable[str], now: float) -> str:
    """What is longest over its time, where all that is worked on is; else empty."""
    over = {key: _taken(run.nodes[key], now) - took[key] for key in begun}
    if not all(
        excess > LATE_BY and _taken(run.nodes[key], now) > took[key] * LATE
        for key, excess in over.items()
    ):
        return ""
    return max(over, key=over.__getitem__, default="")


def _pace(done: Mapping[str, float], expected: Mapping[str, float]) -> float:
    """How many times slower than expected the run is so far; 1 as long as little was done."""
    both = done.keys() & expected.keys()
    was = sum(done[key] for key in both) + SURE
    should_be = sum(expected[key] for key in both) + SURE
    return min(max(was / should_be, 1 / SLOWEST), SLOWEST)


def _left(
    run: Run, needs: Needs, order: Iterable[str], took: Mapping[str, float], now: float
) -> dict[str, float]:
    """Seconds for each node that is not done, without those that will be skipped."""
    left: dict[str, float] = {}
    stopped: set[str] = set()
    for key in order:
        node = run.nodes[key]
        if node.status in STOPPING or not stopped.isdisjoint(needs.get(key, ())):
            stopped.add(key)
        if node.status == "running":
            taken = _taken(node, now)
            left[key] = max(took[key] - taken, taken * OVERDUE)
        elif node.status == "queued" and key not in stopped:
            left[key] = took[key]
    return left


def _taken(node: NodeRun, now: float) -> float:
    return max(now - node.started_at, 0.0) if node.status == "running" else 0.0
