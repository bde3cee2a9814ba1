"""The order of a run in which Python's assets stand between dbt's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.python.run_steps import (
    NoOrder,
    behind_blocking,
    in_the_way,
    nearest_in_run,
    steps_of,
)


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


def with_checks(text: str, blocking: dict[str, str], nodes: str) -> list[str]:
    """As `steps`; names that begin with `asset_check.` are Python's too."""
    parents = parents_of(text)
    chosen = nodes.split()
    waits_for = behind_blocking(parents.__getitem__, blocking.items(), chosen)

    def is_python(name: str) -> bool:
        return name.isupper() or name.startswith("asset_check.")

    made = steps_of(chosen, waits_for, is_python, lambda _: "dbt")
    return ["+".join(sorted(step.nodes)) for step in made]


CHECKED = "D -> C, D -> asset_check.d, D -> e -> F"


def test_what_is_downstream_waits_for_a_blocking_check():
    blocking = {"asset_check.d": "D"}
    order = ["D", "asset_check.d", "C", "e", "F"]
    assert with_checks(CHECKED, blocking, "C D F e asset_check.d") == order
    assert with_checks(CHECKED, blocking, "C D F e") == ["D", "C", "e", "F"]
    assert with_checks("a -> b -> c, a -> asset_check.a", {"asset_check.a": "a"},
                       "a b c asset_check.a") == ["a", "asset_check.a", "b+c"]  # fmt: skip


def test_a_check_runs_at_its_assets_turn():
    order = ["A", "asset_check.a", "B", "C"]
    assert with_checks("A -> asset_check.a, A -> C, B", {}, "asset_check.a A B C") == order


def test_what_a_blocking_check_reads_does_not_wait_for_it():
    text = "D -> C -> E, D -> asset_check.d, C -> asset_check.d"
    order = ["D", "C", "asset_check.d", "E"]
    assert with_checks(text, {"asset_check.d": "D"}, "asset_check.d D C E")[:2] == order[:2]


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


def test_a_check_of_what_was_skipped_is_skipped_and_one_beside_a_failed_check_is_not():
    edges = {"orders": ["stg"], "asset_check.bars": ["orders"], "test.unique": ["stg"]}
    blamed = {"stg": "test.customer"}  # of two checks of stg, one failed

    def why(node: str, culprits: dict[str, str], **status: str) -> str:
        return in_the_way(node, lambda key: edges.get(key, ()), culprits, status)

    assert why("test.unique", blamed, stg="success") == ""
    assert why("test.unique", blamed) == ""
    assert why("orders", blamed, stg="success") == "test.customer"
    skipped = {**blamed, "orders": "test.customer"}
    assert why("asset_check.bars", skipped, stg="success", orders="skipped") == "test.customer"
    assert why("asset_check.bars", {"orders": "orders"}, orders="error") == "orders"
