"""What there is to say about a selection while it is typed."""

import pytest

from tests.graphs import graph_of
from tui.selection import Scene, look_up

GRAPH = graph_of("raw -> stg -> orders -> daily", checks="unique@orders", orders={"tags": ("x",)})


def test_a_whole_selection_says_what_it_selects():
    assert look_up(Scene(GRAPH), "stg+1").selected == frozenset({"stg", "orders", "unique"})
    assert look_up(Scene(GRAPH), 'key:"stg" or tag:x').selected == frozenset(
        {"stg", "orders", "unique"}
    )
    assert look_up(Scene(GRAPH), "").selected == frozenset()


@pytest.mark.parametrize(("text", "column"), [("raw tga:x", 4), ("stg,@raw+", 4), ("kind:(", 5)])
def test_what_is_no_selection_says_where(text: str, column: int):
    found = look_up(Scene(GRAPH), text)
    assert found.selected is None
    assert found.problem is not None
    assert found.problem.column == column


def test_what_only_dbt_knows_is_asked_for_once_and_then_remembered():
    text = "raw state:modified+ state:modified+,tag:x selector:nightly+"
    asked = look_up(Scene(GRAPH), text).asks
    assert [criterion.text for criterion in asked] == [
        "state:modified+", "state:modified+", "selector:nightly+",
    ]  # fmt: skip
    answers = {criterion: frozenset({"orders", "daily"}) for criterion in asked}
    assert look_up(Scene(GRAPH, answers=answers), text).selected == frozenset(
        {"raw", "orders", "daily"}
    )
