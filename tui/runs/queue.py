"""The queue of this window: what waits, in which order, and what may start.

A database with one writer (a DuckDB file) takes one run at a time, whoever started it. Elsewhere
runs may run in parallel as long as they do not build the same nodes, and a plan never overtakes an
earlier one that builds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tui.project.concurrency import Concurrency
from tui.protocol.plain import plain
from tui.runs.plan import RunPlan
from tui.runs.values import Run


def nothing(_: RunPlan) -> str:
    """Nothing is in the way of a plan."""
    return ""


NAMED = 3
"""Nodes that a sentence names; of more it gives the number."""
UNFINISHED = frozenset({"queued", "running"})


@plain(frozen=True)
class BackfillStopped:
    """What came of stopping the backfills of some assets."""

    dropped: int = 0
    """Runs that were queued, or would have been, and are not made."""
    going_on: str = ""
    """The run of these assets that has started and goes on; empty where none does."""


@plain(frozen=True)
class RunQueue:
    """The waiting plans, the next one first."""

    plans: tuple[RunPlan, ...] = ()

    def __len__(self) -> int:
        return len(self.plans)

    def add(self, plan: RunPlan) -> RunQueue:
        """The queue with this plan at its end."""
        return replace(self, plans=(*self.plans, plan))

    def drop(self, run_id: str) -> RunQueue:
        """The queue without this plan."""
        return replace(self, plans=tuple(plan for plan in self.plans if plan.run_id != run_id))

    def move(self, run_id: str, steps: int) -> RunQueue:
        """The queue with this plan so many places later (or earlier, if negative)."""
        plans = list(self.plans)
        for place, plan in enumerate(plans):
            if plan.run_id == run_id:
                del plans[place]
                plans.insert(max(0, place + steps), plan)
                break
        return replace(self, plans=tuple(plans))

    def next(
        self, active: Iterable[Run], single_writer: bool, full: Callable[[RunPlan], str] = nothing
    ) -> RunPlan | None:
        """The first plan that may start now, if any.

        Args:
            active: All runs that go on on the target, of this window or of others.
            single_writer: Whether the target takes one run at a time.
            full: Says of a plan whether a limit of what goes on at once is in its way; other plans
                pass it.
        """
        running = list(active)
        earlier: set[str] = set()
        for plan in self.plans:
            is_held = bool(full(plan))
            if (
                not is_held
                and earlier.isdisjoint(plan.nodes)
                and may_start(plan, running, single_writer)
            ):
                return plan
            if single_writer and not is_held:
                return None
            earlier.update(plan.nodes)
        return None

    def clash(self, run_id: str, active: Iterable[Run]) -> str:
        """That a waiting plan waits for a run that builds the same: one that goes on, or else one
        that waits before it. Empty where none does.
        """
        plan = next((plan for plan in self.plans if plan.run_id == run_id), None)
        if plan is None:
            return ""
        others = [(run.run_id, unfinished(run)) for run in active if run.is_active]
        for earlier in self.plans[: self.plans.index(plan)]:
            others.append((earlier.run_id, frozenset(earlier.nodes)))
        for other, nodes in others:
            both = [key.split(".")[2] for key in plan.nodes if key in nodes]
            if both:
                names = ", ".join(both[:NAMED])
                more = f" and {len(both) - NAMED} more" if len(both) > NAMED else ""
                return f"{plan.label}: queued, run {other} builds {names}{more} as well"
        return ""


def unfinished(run: Run) -> frozenset[str]:
    """The nodes of a run that it has yet to finish."""
    return frozenset(key for key, node in run.nodes.items() if node.status in UNFINISHED)


def may_start(plan: RunPlan, active: Iterable[Run], single_writer: bool) -> bool:
    """Whether no active run blocks this plan."""
    going_on = [run for run in active if run.is_active]
    if single_writer:
        return not going_on
    return all(unfinished(run).isdisjoint(plan.nodes) for run in going_on)


def full(plan: RunPlan, active: Iterable[Run], limits: Concurrency) -> str:
    """Which limit of what goes on at once is in the way of a plan, in words: `run a3f1 with the
    tag team=finance (limit 1)`; empty where none is.

    Args:
        plan: What is to start.
        active: The runs that go on, on any target.
        limits: Of the project.
    """
    going_on = [run for run in active if run.is_active and not run.external]
    for claim in limits.claims(dict(plan.tags)):
        same = [
            run.run_id
            for run in going_on
            if any(other.name == claim.name for other in limits.claims(run.tags))
        ]
        if len(same) >= claim.limit:
            return f"run {' or '.join(sorted(same))} {claim.words} (limit {claim.limit})"
    return ""
