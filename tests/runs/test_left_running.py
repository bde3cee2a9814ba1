"""What a stopped run may have left running in its warehouse."""

from dataclasses import replace

from tui.runs.left_running import left_running_words
from tui.runs.values import NodeRun, Run

NODES = {
    "model.shop.done": NodeRun("model.shop.done", "success", 1.0, 2.0),
    "model.shop.orders": NodeRun("model.shop.orders", "interrupted", 2.0, 3.0),
    "model.shop.later": NodeRun("model.shop.later", "interrupted"),
}
KILLED = Run("a3f1", "interrupted", adapter="postgres", nodes=NODES)


def test_what_was_worked_on_when_the_process_was_gone_may_still_run() -> None:
    assert left_running_words(KILLED) == (
        "What it had sent to postgres may still run there: orders."
    )


def test_a_run_that_was_killed_by_hand_says_the_same() -> None:
    nodes = {key: replace(node, status="cancelled") for key, node in NODES.items()}
    run = Run("a3f1", "cancelled", adapter="postgres", message="killed", nodes=nodes)
    assert "orders" in left_running_words(run)


def test_nothing_is_left_of_a_database_inside_the_process_or_of_cancelled_queries() -> None:
    assert left_running_words(replace(KILLED, adapter="duckdb")) == ""
    assert left_running_words(replace(KILLED, status="cancelled")) == ""
    assert left_running_words(replace(KILLED, status="failed")) == ""
