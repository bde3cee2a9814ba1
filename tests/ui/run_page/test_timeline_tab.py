"""The Timeline tab of a run's page, by its keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tests.ui.test_screen_snapshots import doing
from tests.ui.test_snapshots import _utc, shown
from tests.ui.user import User, opened
from tui.protocol import events
from tui.runs.critical_path import CriticalPath
from tui.runs.time_left import RunEstimate
from tui.runs.values import Run
from tui.ui.run_page.timeline_view import TimelineView
from tui.ui.screens.run import RunScreen
from tui.workspace.state import WorkspaceState

__all__ = ["_utc"]

ASSETS = ("raw_customers", "raw_orders", "stg_customers", "stg_orders", "customers", "orders")
TIMES = {
    "raw_customers": (0.0, 1.4, 1), "raw_orders": (0.0, 2.2, 2), "stg_customers": (1.4, 2.0, 1),
    "stg_orders": (2.2, 4.6, 2), "customers": (6.8, 9.1, 1), "orders": (5.0, 6.3, 1),
}  # fmt: skip
"""Begin and end in seconds of the run, and the thread."""


def timed(state: WorkspaceState, *, until: float = 10.0) -> WorkspaceState:
    """The shop with a run of two threads on top, as it is after so many seconds."""
    began = sample.NOW - until
    keys = [next(key for key in state.graph.assets if key.endswith(f".{name}")) for name in ASSETS]
    checks = [key for key, check in state.graph.checks.items() if check.asset in keys]
    log: list[tuple[float, Any]] = []
    for name, key in zip(ASSETS, keys, strict=True):
        start, end, thread = TIMES[name]
        log += _worked(began, key, start, end, f"Thread-{thread}", "success")
    for key in checks:
        after = TIMES[state.graph.assets[state.graph.checks[key].asset].name][1]
        log += _worked(began, key, after, after + 0.4, "Thread-2", "pass")
    whole = [
        events.RunStarted(
            began - 0.5, "c0de", "dbt build", "build", "all", "shop", "dev", "duckdb", 1, "",
            nodes=[*keys, *checks], threads=2,
        ),
        *(event for at, event in sorted(log, key=lambda item: item[0]) if at <= until),
    ]  # fmt: skip
    if until >= 10:
        whole.append(events.RunFinished(began + 10, "success", 10.0))
    run = Run("c0de", "queued").apply(whole)
    estimate = RunEstimate(sample.NOW + 4.0, CriticalPath((keys[1], keys[3], keys[5], keys[4]), 9))
    estimates = {"c0de": estimate} if run.is_active else {}
    return replace(state, runs=(run, *state.runs), estimates=estimates)


def _worked(
    began: float, key: str, start: float, end: float, thread: str, status: str
) -> list[tuple[float, Any]]:
    finished = events.NodeFinished(
        began + end, key, status, began + start, end - start, thread=thread
    )
    return [(start, events.NodeStarted(began + start, key, thread)), (end, finished)]


def view_of(user: User) -> TimelineView:
    return user.app.screen.query_one(TimelineView)


async def test_a_run_that_goes_on_opens_at_its_timeline_and_says_how_long_it_takes(
    tmp_path: Path,
) -> None:
    state = timed(sample.shop(tmp_path), until=5.0)
    async with opened(tmp_path, state) as user:
        await user.presses("2", "enter")
        await user.sees("Timeline", "raw_orders", "4s left", "critical path")
        assert isinstance(user.app.screen, RunScreen)
        assert user.app.screen.tab.id == "timeline"
        await user.waits_for(lambda: user.lines[0].count("4s left") == 1)  # in the header as well
        await user.learns(timed(sample.shop(tmp_path)))
        await user.sees("critical path 9.4s", "more threads: no faster")
        await user.misses("left")


async def test_the_checks_of_an_asset_unfold_and_fold(tmp_path: Path) -> None:
    async with opened(tmp_path, timed(sample.shop(tmp_path))) as user:
        await user.presses("2", "enter")
        await user.sees("stg_orders")
        view = view_of(user)
        while view.rows[view.cursor].node.unique_id != "model.shop.stg_orders":
            await user.presses("j")
        at, before = view.cursor, view.count
        await user.presses("right")
        await user.sees("unique order_id")
        await user.presses("l")
        assert view.cursor == at + 1
        assert view.rows[view.cursor].is_child
        await user.presses("left", "h")
        assert (view.cursor, view.count) == (at, before)
        await user.presses("asterisk")
        assert view.count > before + 1
        await user.presses("asterisk")
        assert view.count == before


async def test_the_time_is_zoomed_around_the_cursor_scrolled_and_whole_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, timed(sample.shop(tmp_path))) as user:
        await user.presses("2", "enter")
        view = view_of(user)
        whole = view.scale
        await user.presses("G", "plus", "plus")
        await user.sees("zoom 4x")
        assert view.scale.seconds == pytest.approx(whole.seconds / 4)
        node = view.current
        assert node is not None
        middle = (node.started_at + node.finished_at) / 2
        assert 0 <= view.scale.cell(middle) <= view.scale.width
        later = view.scale.start
        await user.presses("less_than_sign")
        assert view.scale.start < later
        await user.presses("minus", "0")
        assert view.scale == whole


async def test_the_rows_are_sorted_with_the_cursor_on_the_same_asset(tmp_path: Path) -> None:
    async with opened(tmp_path, timed(sample.shop(tmp_path))) as user:
        await user.presses("2", "enter", "j")
        view = view_of(user)
        node = view.current
        await user.presses("O")
        await user.sees("by duration")
        lengths = [row.node.duration for row in view.rows]
        assert lengths == sorted(lengths, reverse=True)
        await user.presses("O")
        await user.sees("by thread")
        assert [row.thread for row in view.rows] == sorted(row.thread for row in view.rows)
        assert view.current == node


async def test_a_narrow_timeline_says_how_it_is_sorted_and_zoomed(tmp_path: Path) -> None:
    async with opened(tmp_path, timed(sample.shop(tmp_path)), size=(80, 24)) as user:
        await user.presses("2", "enter", "O", "plus", "plus")
        await user.sees("by duration · zoom 4x · ◆ critical path")


async def test_the_cursor_goes_with_what_begins_until_it_is_moved(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    async with opened(tmp_path, timed(shop, until=1.0)) as user:
        await user.presses("2", "enter")
        view = view_of(user)
        for until in (3.0, 5.0):
            await user.learns(timed(shop, until=until))
            node = view.current
            assert node is not None
            begun = [row.begun_at for row in view.rows if row.begun_at]
            assert node.started_at == max(begun)
        await user.presses("g")
        await user.learns(timed(shop, until=7.0))
        assert view.cursor == 0


SIZES = ((80, 24), (130, 40), (200, 60))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_timeline_of_a_run(size: tuple[int, int], snap_compare: Any, tmp_path: Path) -> None:
    app = shown(tmp_path, timed)
    assert snap_compare(app, terminal_size=size, run_before=doing("2", "enter", "j", "j", "j"))


def test_the_timeline_while_the_run_goes_on(snap_compare: Any, tmp_path: Path) -> None:
    app = shown(tmp_path, lambda state: timed(state, until=5.0))
    assert snap_compare(app, terminal_size=(130, 40), run_before=doing("2", "enter"))
