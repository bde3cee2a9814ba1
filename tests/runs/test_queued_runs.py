"""Runs that wait: resolved against the graph of the moment, and recorded when they never start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.graphs import graph_of
from tui.graph import AssetGraph
from tui.runs import queue_files
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.runs.queued_runs import Waitlist
from tui.runs.store import RunStore

SHOP = graph_of("raw -> a -> b", checks="unique_a@a")


class Window:
    """A window's waiting runs."""

    def __init__(self, state_dir: Path) -> None:
        self.store = RunStore(state_dir)
        self.said: list[str] = []
        self.waitlist = Waitlist(self.store.run_dir, self.store.release_run_id, self.said.append)

    def asks(self, plan: RunPlan, target: str = "dev") -> str:
        run_id = self.store.new_run_id()
        self.waitlist.add(replace(plan, run_id=run_id, asked_at=1000.0, target=target))
        self.waitlist.note(project="shop", target=target)
        return run_id

    def nodes(self) -> list[list[str]]:
        return [list(plan.nodes) for plan in self.waitlist.queue.plans]


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path / ".dbtree")


def test_what_is_gone_is_left_out_and_said_and_the_rest_is_built(window: Window) -> None:
    window.asks(plan_build(SHOP, ["a", "b"]))
    window.waitlist.resolve(graph_of("raw -> b"), "dev")
    assert window.nodes() == [["b"]]
    assert window.said == ["2 assets: a is not in the project any more, left out"]


def test_what_is_new_in_the_reach_comes_along(window: Window) -> None:
    window.asks(plan_build(SHOP, ["b"], Scope.UPSTREAM))
    window.waitlist.resolve(graph_of("raw -> a -> b, extra -> b"), "dev")
    assert sorted(window.nodes()[0]) == ["a", "b", "extra", "raw"]


def test_a_wish_for_everything_before_anything_is_known_is_for_everything(window: Window) -> None:
    unread = AssetGraph(provisional=True)
    window.asks(plan_build(unread, (), Scope.ALL), target="")
    assert window.nodes() == [[]]
    window.waitlist.resolve(SHOP, "dev")
    assert sorted(window.nodes()[0]) == ["a", "b", "raw", "unique_a"]


def test_a_run_of_which_nothing_is_left_is_recorded_and_the_others_wait_on(window: Window) -> None:
    lost = window.asks(plan_build(SHOP, ["a"]))
    window.asks(plan_build(SHOP, ["b"]))
    window.waitlist.resolve(graph_of("raw -> b"), "dev")
    assert window.nodes() == [["b"]]
    run = window.store.run(lost)
    assert run is not None
    assert run.status == "cancelled"
    assert run.message == "Never started: a is no longer in the project."


def test_a_run_for_another_target_does_not_start_on_this_one(window: Window) -> None:
    lost = window.asks(plan_build(SHOP, ["a"]), target="dev")
    window.waitlist.resolve(SHOP, "prod")
    assert window.nodes() == []
    run = window.store.run(lost)
    assert run is not None
    assert run.message == "Never started: a was planned for dev, but the target is prod."


def test_a_run_asked_for_before_the_target_was_known_does_not_start_on_production(
    window: Window,
) -> None:
    window.asks(plan_build(SHOP, ["a"]), target="")
    window.waitlist.resolve(SHOP, "prod")
    assert window.nodes() == []
    assert "looks like production" in window.said[0]


def test_what_waits_when_the_window_closes_is_recorded_as_never_started(window: Window) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    window.waitlist.close(project="shop", target="dev")
    run = window.store.run(run_id)
    assert run is not None
    assert (run.status, run.message, run.target) == ("cancelled", queue_files.CLOSED, "dev")
    assert {node.status for node in run.nodes.values()} == {"cancelled"}
    history = window.store.history("dev")
    assert not history.latest
    assert not history.checks


def test_what_waited_in_a_window_that_was_killed_is_recorded_by_the_next(window: Window) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    assert window.store.sync() == []  # this window still lives
    note = window.store.run_dir(run_id) / queue_files.NOTE
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    note.write_text(json.dumps({**json.loads(note.read_text()), "pid": dead.pid}))
    (run,) = window.store.sync()
    assert (run.run_id, run.status, run.message) == (run_id, "cancelled", queue_files.ENDED)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_a_note_that_cannot_be_read_hurts_nobody(window: Window, text: str) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    (window.store.run_dir(run_id) / queue_files.NOTE).write_text(text)
    assert window.store.sync() == []


def test_a_dropped_run_leaves_nothing(window: Window) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    assert window.waitlist.drop(run_id) is not None
    assert not window.store.run_dir(run_id).exists()
    window.waitlist.close(project="shop", target="dev")
    assert window.store.runs() == []


def test_a_run_that_begins_has_no_note(window: Window) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    plan = window.waitlist.take([], single_writer=True)
    assert plan is not None
    assert os.listdir(window.store.run_dir(run_id)) == []


def test_waiting_runs_are_moved(window: Window) -> None:
    first, second = (window.asks(plan_build(SHOP, [key])) for key in ("a", "b"))
    window.waitlist.move(first, +1)
    assert [plan.run_id for plan in window.waitlist.queue.plans] == [second, first]
    window.waitlist.move(first, -1)
    assert [plan.run_id for plan in window.waitlist.queue.plans] == [first, second]


def test_what_waited_for_another_state_reads_from_it(window: Window) -> None:
    window.asks(plan_build(SHOP, ["a"]))
    window.asks(replace(plan_build(SHOP, ["b"]), asked=None))
    window.waitlist.defer("--threads 2 --defer --state states/prod", 1000.0)
    for graph in (SHOP, graph_of("raw -> a -> b, b -> c")):
        window.waitlist.resolve(graph, "dev")
        for plan, name in zip(window.waitlist.queue.plans, ("a", "b"), strict=True):
            assert plan.flags == ("--defer", "--state", "states/prod")
            assert plan.dbt_line.startswith(f"dbt build --select {name}")
            assert plan.dbt_line.endswith("--defer --state states/prod")


def test_what_was_asked_for_before_it_stays_as_it_is(window: Window) -> None:
    window.asks(plan_build(SHOP, ["a"]))
    window.waitlist.defer("--defer --state states/prod", 1001.0)
    assert window.waitlist.queue.plans[0].flags == ()
    assert window.waitlist.refuse("prod cannot be deferred to.", 1001.0, "dev") == set()


def test_what_waited_for_a_state_that_does_not_come_is_not_started(window: Window) -> None:
    run_id = window.asks(plan_build(SHOP, ["a"]))
    touched = window.waitlist.refuse("prod cannot be deferred to.", 1000.0, "dev")
    assert touched == {"a", "unique_a"}
    assert not window.nodes()
    assert window.said == ["a: prod cannot be deferred to. The run was not started."]
    window.store.sync()
    run = window.store.run(run_id)
    assert run is not None
    assert "prod cannot be deferred to" in run.message
