"""What of the assets is shown, where that is not all of them."""

from tests.graphs import graph_of
from tui.tree.limits import EVERYTHING, Limit

GRAPH = graph_of("a -> b -> c -> d -> e, x -> d, lonely", checks="unique@c")


def test_without_a_limit_nothing_is_left_out() -> None:
    assert not EVERYTHING
    assert EVERYTHING.shown(GRAPH, ()) is None


def test_around_an_asset_are_those_within_the_steps() -> None:
    limit = Limit(("c",))
    assert limit.shown(GRAPH, ()) == {"b", "c", "d"}
    assert limit.wider(1).shown(GRAPH, ()) == {"a", "b", "c", "d", "e"}
    assert limit.wider(-1) == limit


def test_between_two_is_what_lies_on_a_way_or_only_the_two() -> None:
    assert Limit(("a", "d")).shown(GRAPH, ()) == {"a", "b", "c", "d"}
    assert Limit(("a", "lonely")).shown(GRAPH, ()) == {"a", "lonely"}
    assert Limit(("a", "d")).wider(1) == Limit(("a", "d"))


def test_of_a_branch_is_what_it_changes_and_what_is_downstream_of_it() -> None:
    limit = Limit(of_branch=True)
    assert limit.shown(GRAPH, {"unique"}) == {"c", "d", "e"}
    assert limit.shown(GRAPH, {"gone"}) is None


def test_where_an_asset_is_gone_all_is_shown() -> None:
    assert Limit(("gone",)).shown(GRAPH, ()) is None
    assert Limit(("a", "gone")).shown(GRAPH, ()) is None
