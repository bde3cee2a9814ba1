"""The list of runs: what its lines say, and that no key is silent."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.sample import NOW
from tests.ui.user import opened
from tui.runs.plan import RunPlan
from tui.runs.values import Run
from tui.ui.rows.run_rows import plan_line, run_line
from tui.ui.screens.run import RunScreen
from tui.ui.theme.glyphs import UNICODE
from tui.ui.widgets.run_lists import RunListView

NODES = ("model.shop.orders",)


def plan(run_id: str) -> RunPlan:
    return RunPlan(run_id, "build", NODES, "orders", "dbt build --select orders", asked_at=NOW)


def test_a_waiting_run_says_since_when_and_for_what_in_whole_words() -> None:
    line = "".join(
        text for text, _ in plan_line(plan("d001"), UNICODE, width=100, now=NOW, waits_for_dbt=True)
    )
    assert "d001  queued · waiting for dbt" in line
    assert line.rstrip().endswith("asked just now")
    later = plan_line(plan("d001"), UNICODE, width=100, now=NOW + 90)
    assert "asked 1m ago" in "".join(text for text, _ in later)


def test_a_run_from_elsewhere_is_marked_however_narrow_the_list_is() -> None:
    run = replace(sample.full_run(), external=True)
    for width in (120, 78):
        line = "".join(text for text, _ in run_line(run, UNICODE, width=width, now=NOW))
        assert "elsewhere" in line
    line = "".join(text for text, _ in run_line(run, UNICODE, width=50, now=NOW))
    assert "↗ dbt build" in line


def test_a_narrow_list_says_what_matters_most_of_each_run(tmp_path: Path) -> None:
    def line(run: Run, width: int = 78) -> str:
        return "".join(text for text, _ in run_line(run, UNICODE, width=width, now=NOW)).rstrip()

    assert line(sample.failed_run()).endswith("5.00s  ✗ 1")
    assert line(sample.running(sample.shop(tmp_path)).runs[0]).endswith("1/4")
    old = replace(sample.full_run(), started_at=NOW - 3 * 86400)
    day = time.strftime("%m-%d", time.localtime(old.started_at))
    assert f" {day} " in line(old)
    for width in range(40, 160):
        assert len(line(sample.failed_run(), width)) <= width


def test_where_a_command_is_too_long_it_says_what_was_built() -> None:
    run = replace(sample.full_run(), command="dbtree materialize --select +revenue_chart")
    for width, words in ((150, run.command), (118, "dbtree materialize +revenue_cha…")):
        assert words in "".join(text for text, _ in run_line(run, UNICODE, width=width, now=NOW))


async def test_what_goes_on_stands_above_what_ended_after_it_began(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    slow = replace(sample.running(state).runs[0], run_id="a001", started_at=NOW - 900)
    newest_first = sorted((slow, *state.runs), key=lambda run: -run.started_at)
    assert newest_first[0] is not slow
    async with opened(tmp_path, replace(state, runs=tuple(newest_first))) as user:
        await user.presses("2")
        await user.sees("a001")
        view = user.app.screen.query_one(RunListView)
        assert view.current is not None
        assert view.current.run_id == "a001"


async def test_a_key_that_can_do_nothing_says_why(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), queue=(plan("d001"), plan("d002")))
    async with opened(tmp_path, state) as user:
        await user.presses("2")
        await user.sees("d002")
        for keys, words in (
            (["K"], "it is the last to start already"),
            (["enter"], "it waits, and has no page yet"),
            (["j", "J"], "it is the next to start already"),
            (["M"], "M (all) is a key of the assets: press 1 first"),
            (["j", "J"], "only a run that waits can be moved"),
        ):
            await user.presses(*keys)
            await user.sees(words)
        assert user.workspace.moved == []


async def test_the_only_run_has_the_keys_after_a_queued_one_was_given_up(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), runs=(), queue=(plan("d001"),))
    async with opened(tmp_path, state) as user:
        await user.presses("2")
        await user.sees("queued")
        await user.learns(queue=())
        await user.sees("Nothing has run yet")
        await user.learns(runs=(sample.failed_run(),))
        await user.sees("failed")
        await user.presses("enter")
        await user.waits_for(lambda: isinstance(user.app.screen, RunScreen))


async def test_a_run_is_on_the_screens_while_it_is_being_started(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), starting_plan=plan("d001"), queue=(plan("d002"),))
    async with opened(tmp_path, state) as user:
        await user.sees("build orders is starting · 1 run queued: build orders")
        await user.presses("2", "j")
        await user.sees("d001  starting    dbt build --select orders")
        await user.presses("K")
        await user.sees("it is starting already")
        run = replace(sample.running(state).runs[0], run_id="d001")
        await user.learns(runs=(run, *state.runs))
        await user.misses("starting")


async def test_runs_are_filtered_by_words_and_tags_as_one_types(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    runs = tuple(
        replace(run, tags={"team": "finance"} if place == 0 else {})
        for place, run in enumerate(shop.runs)
    )
    assert len(runs) > 1
    async with opened(tmp_path, replace(shop, runs=runs)) as user:
        await user.presses("2", "slash")
        await user.types("tag:te")
        await user.sees(f"1 of {len(runs)} runs · /tag:te")
        await user.presses("enter")
        view = user.app.screen.query_one(RunListView)
        assert (view.count, view.has_focus) == (1, True)
        await user.presses("escape")
        assert view.count == len(runs)
        await user.presses("slash")
        await user.types("nothing like this")
        await user.sees("0 of")
        await user.presses("escape")
        assert (view.count, view.has_focus) == (len(runs), True)
