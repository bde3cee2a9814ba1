"""The runs that wait in this window: queued, resolved against the graph, dropped, recorded.

A plan is made from the graph of the moment in which a key is pressed, which may be a first guess.
Before it starts it is resolved again: what is gone is left out and reported, the rest is built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.project.production import looks_like_production
from tui.runs import queue_files
from tui.runs.plan import RunPlan, gone_from, plan_anew, with_deferral
from tui.runs.queue import RunQueue, nothing
from tui.runs.values import NEVER_STARTED, Run

NAMED = 3
"""Nodes that are named when they are left out; of more the number is given."""


class Waitlist:
    """The queue of one window, with what is on disk of it."""

    def __init__(
        self,
        run_dir: Callable[[str], Path],
        release: Callable[[str], None],
        notify: Callable[[str], None],
    ) -> None:
        """`run_dir` and `release` are those of the store; `notify` says something to the user."""
        self._run_dir = run_dir
        self._release = release
        self._notify = notify
        self._noted: set[str] = set()
        self.queue = RunQueue()

    def add(self, plan: RunPlan) -> None:
        """Put a plan at the end."""
        self.queue = self.queue.add(plan)

    def put_back(self, plan: RunPlan) -> None:
        """Put a plan that could not start yet at the front again."""
        self.queue = replace(self.queue, plans=(plan, *self.queue.plans))

    def move(self, run_id: str, steps: int) -> None:
        """Let a run start so many places later (or sooner, if negative)."""
        self.queue = self.queue.move(run_id, steps)

    def drop(self, run_id: str) -> RunPlan | None:
        """Take a run out, and leave nothing of it. The plan, None where it does not wait."""
        plan = next((plan for plan in self.queue.plans if plan.run_id == run_id), None)
        if plan is not None:
            self.queue = self.queue.drop(run_id)
            self._leave_nothing(plan)
        return plan

    def drop_all(self, run_ids: Collection[str]) -> list[RunPlan]:
        """Take runs out, and leave nothing of them. Their plans."""
        dropped = [plan for plan in self.queue.plans if plan.run_id in run_ids]
        left = tuple(plan for plan in self.queue.plans if plan.run_id not in run_ids)
        self.queue = replace(self.queue, plans=left)
        for plan in dropped:
            self._leave_nothing(plan)
        return dropped

    def take(
        self,
        active: Iterable[Run],
        *,
        single_writer: bool,
        full: Callable[[RunPlan], str] = nothing,
    ) -> RunPlan | None:
        """The first run that may start now, taken out; see `RunQueue.next`."""
        plan = self.queue.next(active, single_writer, full)
        if plan is not None:
            self._take_out(plan)
        return plan

    def resolve(self, graph: AssetGraph, target: str) -> set[str]:
        """Plan the waiting runs again if the graph has changed, and drop what cannot run any more.

        Returns the nodes that are touched.
        """
        touched: set[str] = set()
        plans: list[RunPlan] = []
        for plan in self.queue.plans:
            try:
                new = self._checked(plan_anew(plan, graph), target)
            except SelectionError as error:
                if plan.nodes:
                    self._never_started(plan, target, error.message)
                else:  # it was a guess that there is something to run
                    self._leave_nothing(plan)
                    self._notify(error.message)
                touched.update(plan.nodes)
                continue
            if new.nodes != plan.nodes:
                touched.update(plan.nodes, new.nodes)
                self._notify_gone(plan, graph)
            plans.append(new)
        self.queue = replace(self.queue, plans=tuple(plans))
        return touched

    def defer(self, options: str, since: float) -> None:
        """What was asked for since then reads from another state, too.

        Args:
            options: the dbt flags of the session, with those that defer.
            since: seconds since the epoch.
        """
        self.queue = replace(
            self.queue,
            plans=tuple(
                with_deferral(plan, options) if plan.asked_at >= since else plan
                for plan in self.queue.plans
            ),
        )

    def refuse(self, why: str, since: float, target: str) -> set[str]:
        """Drop what was asked for since then. Returns the nodes that are touched."""
        refused = [plan for plan in self.queue.plans if plan.asked_at >= since]
        for plan in refused:
            self.queue = self.queue.drop(plan.run_id)
            self._never_started(plan, target, f"{plan.label}: {why}")
        return {key for plan in refused for key in plan.nodes}

    def _checked(self, plan: RunPlan, target: str) -> RunPlan:
        """The plan, if it was meant for this target. Raises SelectionError if it was not."""
        if plan.target and plan.target != target:
            raise SelectionError(
                f"{plan.label} was planned for {plan.target}, but the target is {target}."
            )
        if not plan.target and looks_like_production(target):
            raise SelectionError(
                f"{plan.label}: the target is {target}, which looks like production; "
                "press the key again to confirm."
            )
        return plan

    def _notify_gone(self, plan: RunPlan, graph: AssetGraph) -> None:
        gone = gone_from(plan, graph)
        if gone:
            names = ", ".join(gone) if len(gone) <= NAMED else f"{len(gone)} nodes"
            verb = "is" if len(gone) == 1 else "are"
            self._notify(f"{plan.label}: {names} {verb} not in the project any more, left out")

    def note(self, *, project: str, target: str) -> None:
        """Remember on disk what waits, as far as it is not."""
        for plan in self.queue.plans:
            if plan.run_id not in self._noted:
                self._noted.add(plan.run_id)
                queue_files.note_waiting(
                    self._run_dir(plan.run_id), plan, project=project, target=target
                )

    def close(self, *, project: str, target: str) -> None:
        """Record what waits as never started: the window closes."""
        self.note(project=project, target=target)
        for plan in self.queue.plans:
            queue_files.record_never_started(self._run_dir(plan.run_id), queue_files.CLOSED)
        self.queue = RunQueue()

    def _never_started(self, plan: RunPlan, target: str, why: str) -> None:
        directory = self._run_dir(plan.run_id)
        queue_files.note_waiting(directory, plan, project="", target=target)
        queue_files.record_never_started(directory, f"{NEVER_STARTED}{why}")
        self._noted.discard(plan.run_id)
        self._notify(f"{why} The run was not started." if why.endswith(".") else why)

    def _leave_nothing(self, plan: RunPlan) -> None:
        self._noted.discard(plan.run_id)
        queue_files.forget_waiting(self._run_dir(plan.run_id))
        self._release(plan.run_id)

    def _take_out(self, plan: RunPlan) -> None:
        self.queue = self.queue.drop(plan.run_id)
        if plan.run_id in self._noted:
            self._noted.discard(plan.run_id)
            queue_files.forget_waiting(self._run_dir(plan.run_id))
