"""What was counted of many assets is taken in some at a time: keys come between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.graphs import graph_of
from tui.definitions.partitions import BackfillPolicy
from tui.definitions.regular_partitions import DailyPartitionsDefinition
from tui.graph import Materialization
from tui.graph.history import PartitionRecord, note_attempt
from tui.runs.target_records import TargetRecords
from tui.workspace.partition_watch import AT_ONCE, PartitionWatch
from tui.workspace.state import WorkspaceState

NAMES = [f"asset_{number}" for number in range(2 * AT_ONCE + 10)]
DAYS = DailyPartitionsDefinition("2026-01-01", "2026-01-05")


async def test_the_screen_gets_its_turn_between_the_statuses_of_many_assets(
    tmp_path: Path,
) -> None:
    row = DAYS.row(BackfillPolicy.single_run())
    changes: dict[str, Any] = {name: {"partitions": row} for name in NAMES}
    graph = graph_of(", ".join(NAMES), **changes)
    turns: list[int] = []
    taken: list[tuple[int, int]] = []

    def changed(assets: Iterable[str]) -> None:
        taken.append((len([*assets]), len(turns)))

    records = TargetRecords(cast("Any", None), changed)
    partitions: dict[str, dict[str, PartitionRecord]] = {}
    for name in NAMES:
        built = Materialization(name, "dev", "a3f1", "success", 1.0, 2.0, 1.0)
        note_attempt(partitions.setdefault(name, {}), DAYS.get_partition_keys(), built)
    records.history = replace(records.history, partitions=partitions)

    def state() -> WorkspaceState:
        return WorkspaceState(cast("Any", None), graph=graph, history=records.history)

    async def turn() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(turn())
    await PartitionWatch(state, records, lambda: None).count_now()
    task.cancel()
    assert sum(count for count, _ in taken) == len(NAMES)
    assert max(count for count, _ in taken) <= AT_ONCE
    assert len({at for _, at in taken}) == len(taken), "no turn between two of them"
    assert {*records.history.partition_facts} == {*NAMES}
    assert all(len(facts.made) == 4 for facts in records.history.partition_facts.values())
