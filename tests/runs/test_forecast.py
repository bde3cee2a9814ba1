"""What a run is expected to do, before it runs."""

import pytest

from tests.graph.histories import World
from tests.graphs import graph_of
from tui.runs.forecast import elapsed, forecast
from tui.runs.plan import plan_build

GRAPH = graph_of(
    "raw -> a -> mart -> report, raw -> b -> mart, a -> other",
    checks="unique@a, both@a+b",
    raw={"resource_type": "seed", "materialized": "seed"},
    mart={"materialized": "table"},
)


@pytest.mark.parametrize(("threads", "expected"), [(1, 8.0), (2, 5.0), (9, 5.0)])
def test_the_time_is_that_of_the_longest_way_through_the_threads(threads: int, expected: float):
    took = {"raw": 1.0, "a": 2.0, "b": 2.0, "mart": 1.0, "unique": 1.0, "both": 1.0}
    assert elapsed(GRAPH, took, threads) == expected


def test_what_was_never_timed_counts_as_the_others():
    plan = plan_build(GRAPH, ["a", "mart"])
    found = forecast(GRAPH, World(GRAPH).history, plan, {"a": 3.0, "unique": 3.0}, 4)
    assert found.unknown == 2
    assert found.seconds == 9.0
    assert found.kinds == (("table", 1), ("view", 1), ("test", 2))


def test_what_is_below_and_built_becomes_stale():
    history = World(GRAPH).everything_built().history
    plan = plan_build(GRAPH, ["a", "mart"])
    assert forecast(GRAPH, history, plan, {}, 1).left_stale == ("other", "report")
    assert forecast(GRAPH, World(GRAPH).history, plan, {}, 1).left_stale == ()


def test_exposures_are_not_built_and_take_no_time():
    graph = graph_of("a -> board", board={"resource_type": "exposure"})
    found = forecast(
        graph,
        World(graph).history,
        plan_build(graph, ["a", "board"]),
        {"a": 1.0},
        1,
    )
    assert found.kinds == (("view", 1),)
    assert found.unknown == 0


def test_only_a_full_refresh_drops_and_only_what_keeps_rows():
    history = World(GRAPH).history
    chosen = ["raw", "a", "mart"]
    assert forecast(GRAPH, history, plan_build(GRAPH, chosen), {}, 1).dropped == ()
    refresh = plan_build(GRAPH, chosen, full_refresh=True)
    assert forecast(GRAPH, history, refresh, {}, 1).dropped == ("raw", "mart")
