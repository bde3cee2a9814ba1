"""How long the runs that go on will still take, looked at anew while they do.

By what their nodes took before on the target, and by how fast they are today. The work is done
beside the loop; what is found is a fact of the state.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.errors import DbtreeError
from tui.runs.values import Run
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.runs.time_left import RunEstimate

INTERVAL, LONGEST = 1.0, 5.0
"""Seconds between two looks at a run, at the least and at the most:"""
SHARE = 10
"""one in so many parts of what it still takes, because the end counts down by itself;"""
PART = 30
"""a look that takes long is followed by a pause of so many times that."""

LOCKED = 5.0
"""Seconds until an index that was locked is asked again."""


class RunEstimates:
    """The estimates of the runs that go on, from their first planned node to their end."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        durations: Callable[[Sequence[str]], Awaitable[dict[str, float]]],
        publish: Callable[[Mapping[str, RunEstimate]], None],
        clock: Callable[[], float],
    ) -> None:
        """Estimates of the runs of `state`.

        Args:
            state: gives what is current.
            durations: how long nodes took before on the target, in seconds.
            publish: takes the estimates of all runs that go on, by run id.
            clock: gives the seconds since the epoch.
        """
        self._state = state
        self._durations = durations
        self._publish = publish
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._found: dict[str, RunEstimate] = {}
        self._is_closed = False

    def follow(self, state: WorkspaceState) -> None:
        """Follow the runs of this state that are not followed yet. What runs on another target
        takes as long as it did there, which is not known here.
        """
        if self._is_closed:
            return
        for run in state.runs:
            is_ours = run.is_active and run.target == state.target
            if is_ours and run.nodes and run.run_id not in self._tasks:
                task = asyncio.create_task(self._estimate(run.run_id))
                self._tasks[run.run_id] = task

    def close(self) -> None:
        """Estimate no more, whatever is still reported: the index is closed next."""
        self._is_closed = True
        for task in self._tasks.values():
            task.cancel()

    async def _estimate(self, run_id: str) -> None:
        expected: dict[str, float] = {}
        needs: Mapping[str, set[str]] = {}
        order: list[str] = []
        known: frozenset[str] = frozenset()
        try:
            while (run := self._run(run_id)) is not None and run.is_active:
                if known != run.nodes.keys():
                    try:
                        expected = await self._durations(tuple(run.nodes))
                    except DbtreeError:  # the index is locked: nothing is said meanwhile
                        await asyncio.sleep(LOCKED)
                        continue
                    known = frozenset(run.nodes)
                    needs, order = await asyncio.to_thread(_needs, self._state(), run)
                state = self._state()
                threads = run.threads or state.threads
                arguments = (run, needs, order, expected, state, threads, self._clock())
                began = time.monotonic()
                found = await asyncio.to_thread(_estimated, *arguments)
                took = time.monotonic() - began
                if found != self._found.get(run_id):
                    self._put({**self._found, run_id: found})
                left = found.seconds_left(self._clock()) or 0.0
                await asyncio.sleep(max(INTERVAL, min(left / SHARE, LONGEST), took * PART))
        finally:
            self._put({key: found for key, found in self._found.items() if key != run_id})
            self._tasks.pop(run_id, None)

    def _run(self, run_id: str) -> Run | None:
        return next((run for run in self._state().runs if run.run_id == run_id), None)

    def _put(self, found: dict[str, RunEstimate]) -> None:
        if found != self._found:
            self._found = found
            self._publish(found)


def _needs(state: WorkspaceState, run: Run) -> tuple[dict[str, set[str]], list[str]]:
    """What of a run each of its nodes waits for, and the nodes in such an order."""
    from tui.runs.node_needs import in_order, needs_of

    needs = needs_of(state.graph, run.nodes)
    return needs, in_order(needs, run.nodes)


def _estimated(
    run: Run,
    needs: Mapping[str, set[str]],
    order: Sequence[str],
    expected: Mapping[str, float],
    state: WorkspaceState,
    threads: int,
    now: float,
) -> RunEstimate:
    from tui.runs.time_left import estimate

    return estimate(run, needs, expected, state.graph.checks, threads, now, order)
