"""The time that a run will still take: never negative, and at its end zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.runs.time_left import Overdue, RunEstimate, estimate
from tui.runs.values import NodeRun, Run

BEGAN = 1000.0
STATUSES = ("queued", "running", "success", "error", "skipped", "warn")


def node(name: str, status: str, began: float = 0.0, took: float = 0.0) -> NodeRun:
    """A node that began so many seconds after its run."""
    started = 0.0 if status == "queued" else BEGAN + began
    ended = 0.0 if status in ("queued", "running") else started + took
    return NodeRun(name, status, started, ended, took if ended else 0.0)


def run_of(*nodes: NodeRun, status: str = "running") -> Run:
    return Run("a1b2", status, started_at=BEGAN, nodes={each.unique_id: each for each in nodes})


def left(run: Run, expected: dict[str, float], after: float, **options: object) -> float | None:
    """Seconds left, so many after the run's begin."""
    needs = options.get("needs", {})
    threads = options.get("threads", 1)
    checks = options.get("checks", ())
    found = estimate(run, needs, expected, checks, threads, BEGAN + after)  # type: ignore[arg-type]
    return found.seconds_left(BEGAN + after)


@given(
    st.lists(
        st.tuples(st.sampled_from(STATUSES), st.floats(0, 100), st.floats(0, 100), st.booleans()),
        min_size=1, max_size=8,
    ),
    st.floats(0, 300), st.floats(0, 300), st.integers(1, 4),
)  # fmt: skip
def test_it_is_never_negative_whatever_happened(
    given_nodes: list[tuple[str, float, float, bool]], after: float, later: float, threads: int
) -> None:
    nodes = [node(f"n{i}", *each[:3]) for i, each in enumerate(given_nodes)]
    expected = {f"n{i}": each[2] for i, each in enumerate(given_nodes) if each[3]}
    needs = {f"n{i}": {f"n{i - 1}"} for i in range(1, len(nodes), 2)}
    found = estimate(run_of(*nodes), needs, expected, (), threads, BEGAN + after)
    for now in (after, after + later):
        seconds = found.seconds_left(BEGAN + now)
        assert seconds is None or seconds >= 0


@given(st.lists(st.tuples(st.sampled_from(STATUSES[2:]), st.floats(0, 100)), min_size=1))
def test_it_is_zero_when_everything_is_done(done: list[tuple[str, float]]) -> None:
    nodes = [node(f"n{i}", status, took=took) for i, (status, took) in enumerate(done)]
    expected = {each.unique_id: 50.0 for each in nodes}
    assert left(run_of(*nodes), expected, 200.0) == 0.0


@given(st.lists(st.integers(1, 9).map(float), min_size=1, max_size=6), st.integers(1, 4))
def test_a_run_that_goes_as_before_counts_down_to_zero(took: list[float], threads: int) -> None:
    """One after the other, each exactly as long as it took before."""
    expected = {f"n{i}": seconds for i, seconds in enumerate(took)}
    needs = {f"n{i}": {f"n{i - 1}"} for i in range(1, len(took))}
    for now in range(int(sum(took)) + 1):
        nodes, at = [], 0.0
        for i, seconds in enumerate(took):
            ended, begun = now >= at + seconds, now >= at
            status = "success" if ended else "running" if begun else "queued"
            nodes.append(node(f"n{i}", status, at, seconds if ended else 0.0))
            at += seconds
        seconds_left = left(run_of(*nodes), expected, now, needs=needs, threads=threads)
        assert seconds_left == pytest.approx(sum(took) - now)


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert left(run_of(node("a", "running"), node("b", "queued")), {}, 3.0) is None
    over = run_of(node("a", "success", took=2.0), status="success")
    assert estimate(over, {}, {"a": 2.0}, (), 1, BEGAN + 2) == RunEstimate()


def test_nothing_is_said_of_a_run_that_waits_for_another() -> None:
    assert left(run_of(node("a", "queued"), status="waiting"), {"a": 2.0}, 1.0) is None


def test_what_is_overdue_takes_a_part_of_its_time_again() -> None:
    assert left(run_of(node("a", "running")), {"a": 2.0}, 1.5) == pytest.approx(0.5)
    assert left(run_of(node("a", "running")), {"a": 2.0}, 60.0) == pytest.approx(6.0)


def test_a_slow_run_is_expected_to_go_on_slowly() -> None:
    nodes = [node("a", "success", took=45.0), node("b", "queued")]
    assert left(run_of(*nodes), {"a": 20.0, "b": 20.0}, 45.0) == pytest.approx(40.0)


def test_threads_share_the_work_and_what_will_be_skipped_takes_no_time() -> None:
    nodes = [node(name, "queued") for name in ("a", "b", "c", "d")]
    expected = {"a": 4.0, "b": 4.0, "c": 4.0, "d": 4.0}
    assert left(run_of(*nodes), expected, 0.0, threads=2) == 8.0
    nodes[0] = node("a", "error")
    needs = {"b": {"a"}, "c": {"b"}}
    assert left(run_of(*nodes), expected, 0.0, needs=needs) == 4.0  # only d is left


def test_what_never_ran_before_takes_as_long_as_its_like() -> None:
    nodes = [node(name, "queued") for name in ("a", "b", "check", "other_check")]
    expected = {"a": 4.0, "check": 1.0}
    found = left(run_of(*nodes), expected, 0.0, checks={"check", "other_check"})
    assert found == 10.0


def test_the_path_of_a_run_that_goes_on_is_made_of_what_was_and_what_will_be() -> None:
    nodes = [node("a", "success", took=3.0), node("b", "running", 3.0), node("c", "queued")]
    needs = {"b": {"a"}, "c": {"a"}}
    expected = {"a": 3.0, "b": 1.0, "c": 5.0}
    found = estimate(run_of(*nodes), needs, expected, (), 2, BEGAN + 3.5)
    assert found.path.nodes == ("a", "c")
    assert found.path.seconds == pytest.approx(8.0)


def test_what_takes_longer_than_usual_is_named_while_nothing_else_is_worked_on() -> None:
    nodes = [node("a", "running"), node("b", "queued")]
    expected = {"a": 5.0, "b": 2.0}

    def overdue(run: Run, after: float) -> Overdue | None:
        return estimate(run, {}, expected, (), 1, BEGAN + after).overdue

    assert overdue(run_of(*nodes), 6.0) is None
    assert overdue(run_of(*nodes), 12.0) == Overdue("a", BEGAN, 5.0)
    goes_on = run_of(nodes[0], node("b", "running", 11.0))
    assert overdue(goes_on, 12.0) is None


def test_nothing_is_said_when_what_never_ran_takes_longer_than_guessed() -> None:
    nodes = [node("a", "success", took=1.0), node("b", "running", 1.0)]
    assert left(run_of(*nodes), {}, 1.5) == pytest.approx(0.5)
    assert left(run_of(*nodes), {}, 30.0) is None
