"""The partitions of an asset: its bar in the tree, the screen of them, a backfill."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import opened
from tui.definitions.partitions import BackfillPolicy
from tui.definitions.regular_partitions import DailyPartitionsDefinition
from tui.graph import Asset, AssetGraph, AssetStatus, Materialization, StaleReason, Status
from tui.graph.history import PartitionRecord, note_attempt
from tui.runs.queue import BackfillStopped
from tui.runs.values import NodeRun, Run
from tui.ui.rows import fitted_columns, partition_rows
from tui.ui.screens.partitions import PartitionsScreen
from tui.workspace.state import WorkspaceState

SALES = "model.shop.daily_sales"
DAYS = DailyPartitionsDefinition("2026-01-01", "2026-01-11")
KEYS = list(DAYS.get_partition_keys())


def by_days(workspace: StillWorkspace) -> None:
    """`daily_sales` by days: six are made, the next two failed, two are missing."""
    graph, history = workspace.state.graph, workspace.state.history
    sales = graph.assets[SALES]._replace(partitions=DAYS.row(BackfillPolicy.single_run()))
    graph = AssetGraph({**graph.assets, SALES: sales}, graph.checks)
    known: dict[str, PartitionRecord] = {}
    for keys, status, run_id in ((KEYS[:6], "success", "a3f1"), (KEYS[6:8], "error", "b77c")):
        at = sample.NOW - 120
        note_attempt(known, keys, Materialization(SALES, "dev", run_id, status, at, at, 0.2))
    workspace.publish(graph=graph, history=replace(history, partitions={SALES: known}))


async def test_the_bar_and_its_share_stand_behind_the_name(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=by_days, size=(160, 40)) as user:
        await user.sees("daily_sales ■■■■■■✗✗□□ 6/10")


async def test_counting_many_partitions_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_count = threading.Event()

    def count_late(state: WorkspaceState, assets: Sequence[Asset]) -> None:
        may_count.wait(timeout=60)
        partition_rows.count_partitions(state, assets)

    monkeypatch.setattr(partition_rows, "_counted", {})
    monkeypatch.setattr(fitted_columns, "count_partitions", count_late)
    async with opened(tmp_path, prepare=by_days, size=(160, 40)) as user:
        await user.highlights("daily_sales")
        await user.sees("counting …")
        await user.misses("6/10")
        may_count.set()
        await user.sees("daily_sales ■■■■■■✗✗□□ 6/10", "6/10 materialized")


async def test_partitions_are_marked_narrowed_and_backfilled(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=by_days) as user:
        await user.highlights("daily_sales")
        await user.presses("m")
        await user.sees("daily_sales 6/10", "6/10 materialized · ✗ 2 failed · □ 2 missing")
        assert not user.workspace.plans
        await user.presses("v")
        await user.sees("missing only", "2026-01-10")
        assert "2026-01-06" not in user.screen
        await user.presses("v", "ctrl+a", "v", "v")
        await user.sees("2 marked")
        await user.presses("B")
        await user.waits_for(lambda: len(user.workspace.plans) == 1)
        plan = user.workspace.plans[0]
        assert plan.partitions == ("2026-01-07", "2026-01-08")
        assert plan.dbt_line.endswith("--partition-range 2026-01-07...2026-01-08")


async def test_several_runs_are_asked_for_and_can_be_limited(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=by_days) as user:
        await user.highlights("daily_sales")
        await user.presses("m", "g", "V", "j", "j", "j", "V")
        await user.sees("4 marked")
        await user.presses("o", "o", "l", "l")
        await user.sees("one run each", "at most 5 runs")
        await user.presses("B")
        await user.sees("Makes 4 partitions in 4 runs")
        await user.presses("y")
        await user.waits_for(lambda: len(user.workspace.plans) == 4)
        assert [plan.partitions for plan in user.workspace.plans] == [(key,) for key in KEYS[-4:]]


async def test_x_stops_the_whole_backfill_and_then_the_run_that_goes_on(tmp_path: Path) -> None:
    def going_on(workspace: StillWorkspace) -> None:
        by_days(workspace)
        run = Run("c0de", "running", target="dev", nodes={SALES: NodeRun(SALES, "running")})
        workspace.publish(runs=(run, *workspace.state.runs))
        workspace.backfill_stopped = BackfillStopped(20_771, "c0de")

    async with opened(tmp_path, prepare=going_on, size=(120, 35)) as user:
        await user.highlights("daily_sales")
        await user.presses("m", "x")
        await user.sees("backfill stopped: 20,771 runs removed; run c0de is running: x stops it")
        assert user.workspace.stopped_backfills == [frozenset({SALES})]
        assert not user.workspace.cancelled
        user.workspace.backfill_stopped = BackfillStopped(0, "c0de")
        await user.presses("x")
        assert user.workspace.cancelled == ["c0de"]
        user.workspace.backfill_stopped = BackfillStopped()
        await user.presses("x")
        await user.sees("no run makes these partitions now")


async def test_escape_clears_the_marks_and_then_leaves(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=by_days, size=(80, 24)) as user:
        await user.highlights("daily_sales")
        await user.presses("m", "space")
        await user.sees("1 marked")
        await user.presses("escape")
        assert isinstance(user.app.screen, PartitionsScreen)
        assert not user.app.screen.marked
        await user.presses("escape")
        await user.sees("Assets")


async def test_what_failed_says_why(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=by_days) as user:
        await user.highlights("daily_sales")
        await user.presses("m", "j", "j")
        await user.sees(
            "2026-01-08  failed", "b77c", "2026-01-08 00:00 UTC to 2026-01-09 00:00 UTC"
        )


async def test_the_batches_of_a_microbatch_model_are_chosen_as_partitions_are(
    tmp_path: Path,
) -> None:
    def by_batches(workspace: StillWorkspace) -> None:
        by_days(workspace)
        graph = workspace.state.graph
        sales = graph.assets[SALES]
        sales = sales._replace(partitions="", batches=sales.partitions)
        workspace.publish(graph=AssetGraph({**graph.assets, SALES: sales}, graph.checks))

    async with opened(tmp_path, prepare=by_batches, size=(120, 35)) as user:
        await user.highlights("daily_sales")
        await user.sees("6/10 materialized", "opens them")
        await user.presses("z")
        await user.sees("batches ▸ daily_sales", "✗ 2 failed · □ 2 missing")
        await user.presses("v", "v", "ctrl+a", "B")
        await user.waits_for(lambda: len(user.workspace.plans) == 1)
        plan = user.workspace.plans[0]
        assert (plan.batches, plan.partitions) == (("2026-01-07", "2026-01-08"), ())
        assert plan.dbt_line.endswith("--event-time-end 2026-01-09T00:00:00")
        await user.presses("v", "v", "o", "o", "ctrl+a", "B")
        await user.sees("Makes 10 batches in 10 runs")
        await user.presses("n", "escape", "escape", "m")  # m lets dbt choose them
        await user.waits_for(lambda: len(user.workspace.plans) == 2)
        assert "--event-time-start" not in user.workspace.plans[1].dbt_line


async def test_all_asks_which_partitions_and_builds_what_has_none_around_them(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, prepare=by_days, size=(100, 30)) as user:
        await user.presses("M")
        await user.sees(
            "daily_sales  6/10 materialized · ✗ 2 failed · □ 2 missing", "no partitions",
            "What is missing, failed or stale", "The latest of each", "Choose the partitions",
        )  # fmt: skip
        await user.presses("l")
        await user.waits_for(lambda: any(plan.partitions for plan in user.workspace.plans))
        (made,) = [plan for plan in user.workspace.plans if plan.partitions]
        assert made.partitions == (KEYS[-1],)
        built = [key for plan in user.workspace.plans for key in plan.nodes]
        assert len(built) == len(set(built))
        graph = user.workspace.state.graph
        expected = {
            key for key in graph.materializable() if graph.assets[key].materialized != "ephemeral"
        }
        assert expected <= set(built)


async def test_what_is_stale_is_made_without_being_marked(tmp_path: Path) -> None:
    def with_a_stale_one(workspace: StillWorkspace) -> None:
        by_days(workspace)
        stale = AssetStatus(
            Status.STALE, (StaleReason("sql", f"SQL changed: partition {KEYS[2]}"),),
            stale_partitions=frozenset({KEYS[2]}),
        )  # fmt: skip
        fresh = dict.fromkeys(workspace.state.graph.assets, AssetStatus(Status.FRESH))
        workspace.publish(statuses={**fresh, SALES: stale})

    async with opened(tmp_path, prepare=with_a_stale_one) as user:
        await user.presses("S")
        await user.sees("What is stale", "1 partition in 1 run", "5 partitions in")
        await user.presses("enter")
        await user.waits_for(lambda: len(user.workspace.plans) == 1)
        assert user.workspace.plans[0].partitions == (KEYS[2],)
