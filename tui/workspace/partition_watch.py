"""Counts the partitions of assets beside the loop, whenever something of them may be other: the
statuses of assets with partitions follow from that.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from operator import is_
from typing import TYPE_CHECKING

from tui.runs.target_records import TargetRecords
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.graph.history import PartitionFacts
    from tui.runs.partition_facts import PartitionCounts

INTERVAL = 20.0
"""Seconds after which partitions are counted although nothing was reported: with the time there
are new ones."""
AT_ONCE = 50
"""So many assets get their statuses between two looks at the keys."""
PART = 10
"""A count that takes long is followed by a pause of so many times that."""

Seen = tuple[object, ...]
"""What was counted: the graph, the records of partitions, the file with dynamic keys."""


class PartitionWatch:
    """The counts of one open project."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        records: TargetRecords,
        on_end: Callable[[], None],
    ) -> None:
        """`on_end` is called when a count is over."""
        self._state = state
        self._records = records
        self._on_end = on_end
        self._counts: PartitionCounts | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._looked: tuple[object, bool] = (None, False)
        self._counted: Seen = ()

    def open(self) -> None:
        """Count automatically from now on."""
        self._task = asyncio.create_task(self._follow())

    def close(self) -> None:
        """Count no more."""
        if self._task is not None:
            self._task.cancel()

    def follow(self, state: WorkspaceState) -> None:
        """Count soon where this state has something that is not counted yet."""
        if self._is_needed(state):
            self._wake.set()

    @property
    def is_running(self) -> bool:
        """Whether a count goes on, or is about to."""
        return self._task is not None and (
            self._lock.locked() or self._wake.is_set() or self._is_needed(self._state())
        )

    async def count_now(self) -> None:
        """Count what is not counted yet."""
        while self._is_needed(self._state()):
            await self._count()

    def _has_partitions(self, state: WorkspaceState) -> bool:
        graph = state.graph
        if self._looked[0] is not graph.assets:
            has = any(asset.parts for asset in graph.assets.values())
            self._looked = graph.assets, has
        return self._looked[1]

    def _is_needed(self, state: WorkspaceState) -> bool:
        if not self._has_partitions(state) and not state.history.partition_facts:
            return False
        seen = _seen(state)
        return len(self._counted) < len(seen) or not all(map(is_, seen, self._counted))

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), INTERVAL)
            self._wake.clear()
            if not self._has_partitions(self._state()) and not self._is_needed(self._state()):
                continue
            began = time.monotonic()
            await self._count()
            await asyncio.sleep((time.monotonic() - began) * PART)

    async def _count(self) -> None:
        # Few projects have partitions.
        from tui.definitions.errors import DefinitionError
        from tui.runs.partition_facts import PartitionCounts

        async with self._lock:
            self._counts = self._counts or PartitionCounts()
            state = self._state()
            counting = asyncio.to_thread(self._counts.count, state.graph, state.history)
            try:
                await self._note(await counting)
            except DefinitionError:  # a time zone that this machine does not know: nothing is said
                await self._note({})
            finally:
                self._counted = _seen(state)
                self._on_end()

    async def _note(self, facts: Mapping[str, PartitionFacts]) -> None:
        """Take what was counted, some assets at a time: their statuses are computed at once."""
        changed = self._records.otherwise_counted(facts)
        for start in range(0, len(changed), AT_ONCE):
            self._records.note_partitions(facts, changed[start : start + AT_ONCE])
            await asyncio.sleep(0)  # keys come first


def _seen(state: WorkspaceState) -> Seen:
    return (state.graph, state.history.partitions, state.partition_keys)
