"""The queue of this window: what waits, in which order, and what may start.

A database with one writer (a DuckDB file) takes one run at a time, whoever started it. Elsewhere
runs may run in parallel as long as they do not build the same nodes, and a plan never overtakes an
earlier one that builds the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.protocol.plain import plain
from tui.runs.plan import RunPlan
from tui.runs.values import Run

UNFINISHED = frozenset({"queued", "running"})


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

    def next(self, active: Iterable[Run], single_writer: bool) -> RunPlan | None:
        """The first plan that may start now, if any. `active` are all runs that go on on the
        target, of this window or of others.
        """
        running = list(active)
        earlier: set[str] = set()
        for plan in self.plans:
            if earlier.isdisjoint(plan.nodes) and may_start(plan, running, single_writer):
                return plan
            if single_writer:
                return None
            earlier.update(plan.nodes)
        return None


def may_start(plan: RunPlan, active: Iterable[Run], single_writer: bool) -> bool:
    """Whether no active run blocks this plan."""
    going_on = [run for run in active if run.is_active]
    if single_writer:
        return not going_on
    nodes = set(plan.nodes)
    return not any(
        key in nodes and node.status in UNFINISHED
        for run in going_on
        for key, node in run.nodes.items()
    )
