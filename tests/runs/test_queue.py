"""What waits starts when nothing is in its way."""

from __future__ import annotations

from dataclasses import replace

from tui.project.concurrency import Concurrency, TagLimit
from tui.runs.plan import RunPlan
from tui.runs.queue import RunQueue, full, may_start
from tui.runs.values import NodeRun, Run


def plan(run_id: str, *nodes: str) -> RunPlan:
    return RunPlan(run_id, "build", nodes, run_id, "dbt build")


def run(status: str = "running", **nodes: str) -> Run:
    return Run("a3f1", status, nodes={key: NodeRun(key, word) for key, word in nodes.items()})


def waiting(queue: RunQueue) -> list[str]:
    return [plan.run_id for plan in queue.plans]


def test_with_one_writer_a_run_waits_for_any_other():
    assert not may_start(plan("b", "x"), [run(a="running")], single_writer=True)
    assert may_start(plan("b", "x"), [run("success", a="success")], single_writer=True)
    queue = RunQueue().add(plan("b", "x")).add(plan("c", "y"))
    assert queue.next([run(a="running")], single_writer=True) is None
    first = queue.next([], single_writer=True)
    assert first is not None
    assert first.run_id == "b"


def test_with_many_writers_only_the_same_nodes_are_in_the_way():
    active = [run(a="success", b="running", c="queued")]
    assert may_start(plan("p", "a", "x"), active, single_writer=False)
    assert not may_start(plan("p", "b"), active, single_writer=False)
    assert not may_start(plan("p", "c"), active, single_writer=False)


def test_a_plan_never_overtakes_an_earlier_one_of_the_same_nodes():
    queue = RunQueue((plan("p", "a", "b"), plan("q", "b"), plan("r", "z")))
    found = queue.next([run(a="running")], single_writer=False)
    assert found is not None
    assert found.run_id == "r"


def test_plans_can_be_dropped_and_moved():
    queue = RunQueue((plan("p"), plan("q"), plan("r")))
    assert len(queue) == 3
    assert waiting(queue.drop("q")) == ["p", "r"]
    assert waiting(queue.move("r", -1)) == ["p", "r", "q"]
    assert waiting(queue.move("r", -9)) == ["r", "p", "q"]
    assert waiting(queue.move("p", 9)) == ["q", "r", "p"]
    assert waiting(queue.move("unknown", 1)) == ["p", "q", "r"]


def test_a_plan_that_builds_what_another_run_builds_says_which():
    one, two = "model.shop.orders", "model.shop.customers"
    active = [Run("a3f1", "running", nodes={one: NodeRun(one, "running")})]
    queue = RunQueue((plan("p", one, two), plan("q", two), plan("r", "model.shop.free")))
    assert queue.clash("p", active) == "p: queued, run a3f1 builds orders as well"
    assert queue.clash("q", active) == "q: queued, run p builds customers as well"
    assert queue.clash("r", active) == ""
    assert queue.clash("started", active) == ""


def test_a_limit_of_what_goes_on_at_once_holds_back_what_it_concerns_and_nothing_else():
    limits = Concurrency(tags=(TagLimit("team", "finance", 1),))
    finance = replace(plan("p", "x"), tags=(("team", "finance"),))
    active = [replace(run(a="running"), tags={"team": "finance"}, target="other")]
    held = full(finance, active, limits)
    assert held == "run a3f1 with the tag team=finance (limit 1)"
    assert full(plan("q", "x"), active, limits) == ""
    assert full(finance, [replace(active[0], status="success")], limits) == ""
    queue = RunQueue((finance, plan("q", "y"), plan("r", "x")))

    def is_full(one: RunPlan) -> str:
        return full(one, active, limits)

    for single_writer in (False, True):
        found = queue.next([], single_writer, is_full)
        assert found is not None
        assert found.run_id == "q"
    assert queue.drop("q").next([], False, is_full) is None
