"""What lies around an asset, and between two."""

from tests.graphs import graph_of
from tui.selection import between, neighbourhood

GRAPH = graph_of("a -> b -> c -> d, b -> x -> d, y -> c")


def test_a_neighbourhood_reaches_so_many_steps_each_way():
    assert neighbourhood(GRAPH, "c", 0) == {"c"}
    assert neighbourhood(GRAPH, "c", 1) == {"b", "y", "c", "d"}
    assert neighbourhood(GRAPH, "c", 2) == {"a", "b", "y", "c", "d"}


def test_all_ways_between_two_assets_are_told_in_either_order():
    assert between(GRAPH, "a", "d") == between(GRAPH, "d", "a") == {"a", "b", "c", "x", "d"}
    assert between(GRAPH, "y", "x") == frozenset()
