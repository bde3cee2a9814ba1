"""A backfill is queued run after run, and stopped as a whole. No engine takes its runs here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.test_service import GRAPH, Window
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.runs.queue import BackfillStopped
from tui.workspace.backfills import Backfills

MANY = 20_000


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


@pytest.fixture
def backfills(window: Window) -> Backfills:
    return Backfills(window.runs, window.runs.enqueue)


def days(key: str, count: int) -> list[RunPlan]:
    """The runs of a backfill of an asset, a partition each."""
    plan = plan_build(GRAPH, [key], Scope.ONLY)
    return [replace(plan, partitions=(f"day {number}",)) for number in range(count)]


async def until(is_so: Callable[[], object]) -> None:
    """Let the loop turn until something holds."""
    while not is_so():  # noqa: ASYNC110  each turn of the loop may queue a run
        await asyncio.sleep(0)


async def queued(window: Window, count: int) -> None:
    """Wait until so many runs are in the queue."""
    await until(lambda: len(window.waiting) >= count)


async def test_a_backfill_that_is_still_being_queued_is_stopped_as_a_whole(
    window: Window, backfills: Backfills
) -> None:
    backfills.begin(days("b", MANY))
    await queued(window, 3)
    stopped = backfills.stop({"b"})
    assert stopped == BackfillStopped(MANY)
    assert window.waiting == ()
    for _ in range(10):  # turns of the loop in which runs were queued before
        await asyncio.sleep(0)
    assert window.waiting == ()
    assert list((window.runs.run_dir("x").parent).iterdir()) == []
    assert backfills.stop({"b"}) == BackfillStopped()


async def test_what_another_backfill_makes_and_what_has_no_partitions_stays(
    window: Window, backfills: Backfills
) -> None:
    window.enqueue("b")
    backfills.begin(days("b", 5))
    backfills.begin(days("a", 2))
    await queued(window, 2)
    assert backfills.stop({"b"}) == BackfillStopped(5)
    await queued(window, 3)
    assert [plan.nodes for plan in window.waiting] == [("b",), ("a",), ("a",)]


async def test_the_run_that_has_started_is_named(window: Window, backfills: Backfills) -> None:
    window.context.can_start = True
    backfills.begin(days("b", 4))
    await until(lambda: window.runs.starting)
    assert backfills.stop({"b"}) == BackfillStopped(3, window.runs.starting)
    await window.until_started()


async def test_a_run_that_cannot_be_queued_is_the_last_of_its_backfill(window: Window) -> None:
    tried: list[RunPlan] = []

    def refuse(plan: RunPlan) -> str:
        tried.append(plan)
        return ""

    backfills = Backfills(window.runs, refuse)
    backfills.begin(days("b", 5))
    backfills.begin(days("a", 5))
    await until(lambda: len(tried) == 2)
    assert [plan.nodes for plan in tried] == [("b",), ("a",)]
    assert backfills.stop({"a", "b"}) == BackfillStopped()
