"""Backfills: many runs that are queued one after the other, and stopped together.

Each run takes a directory and a place in the queue. With thousands of them that takes a while, in
which keys are taken, and a backfill can be stopped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from tui.runs.plan import RunPlan
from tui.runs.queue import BackfillStopped, RunQueue
from tui.runs.values import Run


class QueuedRuns(Protocol):
    """The runs of a project, as far as backfills need them."""

    @property
    def queue(self) -> RunQueue:
        """What waits."""

    @property
    def starting_plan(self) -> RunPlan | None:
        """The run that is being started."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """All of them."""

    def drop(self, run_ids: Collection[str]) -> None:
        """Take runs out of the queue."""


class Backfills:
    """The backfills of one window."""

    def __init__(self, runs: QueuedRuns, materialize: Callable[[RunPlan], str]) -> None:
        """`materialize` queues one run; empty where it cannot be."""
        self._runs = runs
        self._materialize = materialize
        self._coming: deque[deque[RunPlan]] = deque()
        """Of each backfill the runs that are yet to be queued."""
        self._queueing: asyncio.Task[None] | None = None

    def begin(self, plans: Iterable[RunPlan]) -> None:
        """Queue runs, one after the other."""
        self._coming.append(deque(plans))
        if self._queueing is None or self._queueing.done():
            self._queueing = asyncio.create_task(self._queue())

    async def _queue(self) -> None:
        while self._coming:
            plans = self._coming[0]
            if plans and not self._materialize(plans.popleft()):
                plans.clear()  # why was said; the others would fail as well
            if not plans:
                self._coming.remove(plans)
            await asyncio.sleep(0)  # keys come first

    def stop(self, nodes: Collection[str]) -> BackfillStopped:
        """Drop the runs of partitions of these assets that have not started."""
        own = frozenset(nodes)
        dropped = 0
        for plans in self._coming:
            left = [plan for plan in plans if own.isdisjoint(plan.nodes)]
            dropped += len(plans) - len(left)
            plans.clear()
            plans.extend(left)
        waiting = {
            plan.run_id
            for plan in self._runs.queue.plans
            if plan.parts and not own.isdisjoint(plan.nodes)
        }
        if waiting:
            self._runs.drop(waiting)
        return BackfillStopped(dropped + len(waiting), self._going_on(own))

    def _going_on(self, own: frozenset[str]) -> str:
        plan = self._runs.starting_plan
        if plan is not None and not own.isdisjoint(plan.nodes):
            return plan.run_id
        active = (run for run in self._runs.runs if run.is_active)
        return next((run.run_id for run in active if not own.isdisjoint(run.nodes)), "")

    def close(self) -> None:
        """Queue no more."""
        self._coming.clear()
        if self._queueing is not None:
            self._queueing.cancel()
