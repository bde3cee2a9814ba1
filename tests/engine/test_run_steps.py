"""The order of a run in which Python's assets stand between dbt's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.python.run_steps import NoOrder, nearest_in_run, steps_of


def parents_of(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for edge in text.split(","):
        names = [name.strip() for name in edge.split("->")]
        for name in names:
            found.setdefault(name, [])
        for above, below in itertools.pairwise(names):
            found[below].append(above)
    return found


def steps(text: str, nodes: str = "") -> list[str]:
    """Steps as words; names in capitals are Python's."""
    parents = parents_of(text)
    chosen = nodes.split() or list(parents)
    made = steps_of(chosen, lambda key: parents[key], str.isupper, lambda _: "dbt")
    return ["+".join(sorted(step.nodes)) for step in made]


def test_dbt_alone_is_one_step():
    assert steps("a -> b -> c, a -> d") == ["a+b+c+d"]


def test_python_stands_before_and_after():
    assert steps("X -> a -> b -> Y") == ["X", "a+b", "Y"]


def test_python_in_the_middle_parts_dbt_in_two():
    assert steps("a -> X -> b, a -> c") == ["a+c", "X", "b"]


def test_what_is_not_in_the_run_still_orders_it():
    assert steps("X -> e -> f -> b, b -> Y", "b X Y") == ["X", "b", "Y"]
    assert steps("a -> e -> X", "X a") == ["a", "X"]


def test_a_circle_is_told():
    with pytest.raises(NoOrder):
        steps("X -> a -> X")


@given(st.data())
def test_every_node_comes_once_and_after_all_that_it_depends_on(data):
    count = data.draw(st.integers(1, 9))
    names = [data.draw(st.sampled_from("aX")) * (i + 1) for i in range(count)]
    parents = {
        name: data.draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else []
        for i, name in enumerate(dict.fromkeys(names))
        if (i == 0 or names[:i])
    }
    parents = {
        key: [p for p in value if p != key and len(p) < len(key)] for key, value in parents.items()
    }
    chosen = data.draw(st.lists(st.sampled_from(list(parents)), unique=True, min_size=1))
    made = steps_of(chosen, lambda key: parents[key], str.isupper, lambda _: "dbt")
    flat = [node for step in made for node in step.nodes]
    assert sorted(flat) == sorted(chosen)
    place = {node: i for i, step in enumerate(made) for node in step.nodes}
    for node, above in nearest_in_run(chosen, lambda key: parents[key]).items():
        for one in above:
            together = place[one] == place[node] and not made[place[node]].is_python
            assert place[one] < place[node] or together
