"""What runs made of the assets and checks of one target: read from the index, and kept up to date
by what the runs that are followed report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.graph.deferral import Deferral
from tui.graph.history import PartitionFacts
from tui.runs import known_relations
from tui.runs.history import remember
from tui.runs.store import RunStore
from tui.runs.values import CheckResult, History, Materialization, Run

ASKED_AT_ONCE = 200
"""Nodes whose durations are read from the index in one piece."""
KEPT = 200
"""So many records of one asset or check are given, the newest."""


class TargetRecords:
    """The records of the current target."""

    def __init__(
        self, store: Callable[[], RunStore], changed: Callable[[Iterable[str]], None]
    ) -> None:
        """Nothing is known yet.

        Args:
            store: gives the index.
            changed: is called with the nodes whose status may be another.
        """
        self._store = store
        self._changed = changed
        self.target = ""
        self.history = History()
        self.listed: frozenset[str] = frozenset()
        """Assets of unusual materializations whose relation was in the database once."""

    @property
    def _relations_path(self) -> Path:
        return known_relations.relations_path(self._store().state_dir, self.target)

    def restore(self) -> None:
        """Read what earlier runs left on the target."""
        known = known_relations.load(self._relations_path)
        history = self._store().history(self.target)
        missing = known.missing_of(history.built)
        self.history = replace(history, missing=missing, deferral=self.history.deferral)
        self.listed = known.listed

    async def read_again(self) -> None:
        """Take what the index says now."""
        history = await asyncio.to_thread(self._store().history, self.target)
        known = self.history
        self.history = replace(
            history, missing=known.missing, deferral=known.deferral,
            partition_facts=known.partition_facts,
        )  # fmt: skip

    def take(self, run: Run, new: list[Any]) -> set[str]:
        """Take events of a run on the target; returns the nodes whose records are others now."""
        self.history, touched = remember(self.history, run, new)
        return touched

    async def materializations(self, unique_id: str) -> list[Materialization]:
        """What runs made of an asset, newest first."""
        return await asyncio.to_thread(self._store().materializations, unique_id, self.target, KEPT)

    async def check_results(self, unique_id: str) -> list[CheckResult]:
        """The results of a check, newest first."""
        return await asyncio.to_thread(self._store().check_results, unique_id, self.target, KEPT)

    async def durations(self, unique_ids: Sequence[str]) -> dict[str, float]:
        """How long nodes took lately, in seconds; what never succeeded is left out.

        In pieces, so that nothing else waits long for the index.
        """
        found: dict[str, float] = {}
        for start in range(0, len(unique_ids), ASKED_AT_ONCE):
            piece = unique_ids[start : start + ASKED_AT_ONCE]
            found |= await asyncio.to_thread(self._store().durations, piece, self.target)
        return found

    def note_relations(
        self, there: Iterable[str], missing: Iterable[str], listed: frozenset[str]
    ) -> None:
        """Remember which relations of what was built are in the database, and which are gone.

        Args:
            there: unique_ids of assets whose relation was found.
            missing: Those whose relation is gone.
            listed: All of unusual materializations whose relation was found once.
        """
        history = self.history
        noted = history.missing.difference(there).union(missing).intersection(history.built)
        changed = noted ^ history.missing
        if not changed and listed == self.listed:
            return
        self.listed = listed
        self.history = replace(history, missing=noted)
        known = known_relations.known_of(self.history, listed)
        known_relations.save(self._relations_path, known)
        self._changed(changed)

    def otherwise_counted(self, facts: Mapping[str, PartitionFacts]) -> list[str]:
        """The assets of whose partitions something else was counted than is known."""
        before = self.history.partition_facts
        return [key for key in before.keys() | facts if before.get(key) is not facts.get(key)]

    def note_partitions(self, facts: Mapping[str, PartitionFacts], assets: Iterable[str]) -> None:
        """Take what was counted of the partitions of some assets: none where it says nothing of
        them.
        """
        noted = dict(self.history.partition_facts)
        for key in (changed := [*assets]):
            noted.pop(key, None)
            if key in facts:
                noted[key] = facts[key]
        self.history = replace(self.history, partition_facts=noted)
        self._changed(changed)

    def defer(self, deferral: Deferral) -> None:
        """Read what is not built from elsewhere, from the next run on."""
        before = self.history.deferral
        self.history = replace(self.history, deferral=deferral)
        self._changed({*before.relations, *deferral.relations})
