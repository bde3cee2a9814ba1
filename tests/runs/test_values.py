"""A run is what its events say, in whatever portions they come."""

from __future__ import annotations

from typing import Any

import pytest

from tui.protocol import events
from tui.runs.values import Run

A, B, C = "model.shop.a", "model.shop.b", "test.shop.c"


def start(*nodes: str) -> Any:
    return events.RunStarted(
        1.0, "a3f1", "dbt build", "build", "all", "shop", "dev", "duckdb", 7, "then",
        nodes=list(nodes),
    )  # fmt: skip


def begin(node: str, at: float) -> Any:
    return events.NodeStarted(at, node, "Thread-1")


def finish(node: str, at: float, status: str = "success", **fields: Any) -> Any:
    return events.NodeFinished(at, node, status, at - 1, 1.0, **fields)


def end(status: str, at: float = 9.0) -> Any:
    return events.RunFinished(at, status, at - 1)


def run_of(*new: Any) -> Run:
    run = Run("a3f1", "queued").apply(new)
    in_portions = Run("a3f1", "queued")
    for event in new:
        in_portions = in_portions.apply([event])
    assert vars(run) == vars(in_portions)
    return run


def statuses(run: Run) -> dict[str, str]:
    return {key: node.status for key, node in run.nodes.items()}


def test_a_run_begins_with_its_nodes_queued():
    run = run_of(start(A, B))
    assert run.status == "running"
    assert statuses(run) == {A: "queued", B: "queued"}
    assert (run.pid, run.process_started, run.started_at) == (7, "then", 1.0)


def test_the_plan_gives_the_order_and_keeps_what_has_begun():
    run = run_of(start(A), begin(A, 2), events.RunPlanned(3.0, [C, B, A]))
    assert statuses(run) == {C: "queued", B: "queued", A: "running"}
    assert [*run.nodes] == [C, B, A]


def test_a_node_goes_from_queued_to_running_to_its_result():
    run = run_of(start(A), begin(A, 2))
    assert run.nodes[A].started_at == 2
    run = run.apply([finish(A, 3, rows=5, message="ok")])
    node = run.nodes[A]
    assert (node.status, node.rows, node.message, node.thread) == ("success", 5, "ok", "Thread-1")


def test_a_node_that_starts_twice_began_at_its_first_start():
    assert run_of(start(A), begin(A, 2), begin(A, 5)).nodes[A].started_at == 2


def test_a_skipped_node_says_because_of_what():
    run = run_of(start(A, B), finish(A, 2, "error"), finish(B, 3, "skipped", skipped_because=A))
    assert run.nodes[B].skipped_because == A


def test_a_run_waits_for_another_and_goes_on():
    waiting = run_of(start(A), events.RunWaiting(2.0, "b77c"))
    assert (waiting.status, waiting.waiting_for) == ("waiting", "b77c")
    assert waiting.is_active
    going_on = waiting.apply([events.RunPlanned(3.0, [A])])
    assert (going_on.status, going_on.waiting_for) == ("running", "")


def test_what_a_run_waited_is_told_apart_from_what_it_took():
    waiting = run_of(start(A), events.RunWaiting(2.0, "b77c"), events.RunWaiting(5.0, "c88d"))
    assert (waiting.waited_by(12.0), waiting.elapsed_by(12.0)) == (10.0, 1.0)
    going_on = waiting.apply([events.RunWaitEnded(42.0)])
    assert (going_on.status, going_on.waiting_for) == ("running", "")
    assert (going_on.waited_by(99.0), going_on.elapsed_by(44.0)) == (40.0, 3.0)
    again = going_on.apply([events.RunWaiting(50.0, "d99e")])
    given_up = again.apply([events.RunFinished(60.0, "cancelled", 59.0)])
    assert (given_up.waited_by(999.0), given_up.elapsed_by(999.0)) == (50.0, 9.0)


def test_a_cancelled_run_marks_what_did_not_end():
    cancelling = run_of(start(A, B, C), finish(A, 2), begin(B, 3), events.RunCancelling(4.0))
    assert cancelling.status == "cancelling"
    assert cancelling.apply([begin(C, 5)]).status == "cancelling"
    run = cancelling.apply([end("cancelled")])
    assert statuses(run) == {A: "success", B: "cancelled", C: "cancelled"}
    assert (run.nodes[B].finished_at, run.nodes[B].duration) == (9.0, 6.0)
    assert run.nodes[C].finished_at == 0.0


def test_an_interrupted_run_marks_what_did_not_end():
    run = run_of(start(A, B, C), finish(A, 2), begin(B, 3)).interrupted(4.0)
    assert (run.status, run.finished_at) == ("interrupted", 4.0)
    assert statuses(run) == {A: "success", B: "interrupted", C: "interrupted"}


@pytest.mark.parametrize("status", ["success", "failed", "error"])
def test_a_run_that_ends_by_itself_skipped_what_never_began(status: str):
    run = run_of(start(A, B), begin(A, 2), end(status))
    assert statuses(run) == {A: "interrupted", B: "skipped"}


@pytest.mark.parametrize(
    "late", [start(C), begin(A, 10), finish(A, 10), events.RunPlanned(10.0, [C]), end("failed", 11)]
)
def test_what_comes_after_the_end_counts_for_nothing(late: Any):
    ended = run_of(start(A), finish(A, 2), end("success"))
    assert vars(run_of(start(A), finish(A, 2), end("success"), late)) == vars(ended)


def test_a_run_that_was_taken_for_dead_is_heard_again():
    run = run_of(start(A, B), begin(A, 2)).interrupted(3.0)
    run = run.apply([finish(A, 4), end("success")])
    assert run.status == "success"
    assert run.nodes[A].status == "success"


def test_a_log_without_its_first_event_has_a_beginning():
    assert run_of(begin(A, 2), finish(A, 3)).started_at == 2


def test_counts_are_those_of_the_nodes_or_else_of_the_summary():
    assert run_of(start(A, B), finish(A, 2)).counts() == {"success": 1, "queued": 1}
    assert Run("a3f1", "success", summary_counts={"pass": 3}).counts() == {"pass": 3}
