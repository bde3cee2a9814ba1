"""A mapping whose values are made when they are read is, to whoever reads it, a plain dict."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.engine.execution.lazy_mapping import LazyMapping, Makers

NAMES = st.sampled_from("abcdefg")
SPACES = st.dictionaries(NAMES, st.integers(0, 9), max_size=5)


def made_of(
    spaces: list[dict[str, int]], own: dict[str, int]
) -> tuple[LazyMapping, dict[str, Any]]:
    """A lazy mapping of these names, the first of which counts, and the dict that it should be."""
    lazy = LazyMapping(*(Makers(space, space.__getitem__) for space in spaces))
    plain: dict[str, Any] = {}
    for space in reversed(spaces):
        plain.update(space)
    lazy.update(own)
    plain.update(own)
    return lazy, plain


def told(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except KeyError as error:
        return ("KeyError", error.args)


READ: list[Callable[[Any, str], Any]] = [
    lambda it, name: it[name],
    lambda it, name: name in it,
    lambda it, name: it.get(name),
    lambda it, name: it.get(name, "none"),
    lambda it, name: it.setdefault(name, "set"),
    lambda it, name: it.pop(name),
    lambda it, name: it.pop(name, None),
    lambda it, name: it.__delitem__(name),
    lambda it, name: it.__setitem__(name, "set"),
    lambda it, name: it.update({name: "new"}, z="named"),
    lambda it, name: it.update([(name, "pair")]),
    lambda it, _: sorted(it),
    lambda it, _: len(it),
    lambda it, _: bool(it),
    lambda it, _: sorted(it.keys()),
    lambda it, _: sorted(map(str, it.values())),
    lambda it, _: sorted(it.items(), key=str),
    lambda it, _: dict(it),
    lambda it, _: {**it},
    lambda it, _: dict(**it),
    lambda it, _: {} | it,
    lambda it, _: it | {"y": 1},
    lambda it, _: it.copy(),
    lambda it, _: copy.copy(it) == it,
    lambda it, _: copy.deepcopy(it) == it,
    lambda it, _: json.dumps(it, sort_keys=True),
    lambda it, _: sum(1 for _ in reversed(it)),
    lambda it, _: it == {"a": 1},
    lambda it, _: it.clear(),
]  # fmt: skip


@given(
    st.lists(SPACES, max_size=3),
    SPACES,
    st.lists(st.tuples(st.sampled_from(READ), NAMES), max_size=6),
)
def test_it_answers_as_a_dict(
    spaces: list[dict[str, int]], own: dict[str, int], steps: list[tuple[Any, str]]
) -> None:
    lazy, plain = made_of(spaces, own)
    for step, name in steps:
        assert told(lambda: step(lazy, name)) == told(lambda: step(plain, name))  # noqa: B023
    assert dict(lazy) == plain


@given(st.lists(SPACES, max_size=2), SPACES, st.lists(SPACES, max_size=2), SPACES)
def test_it_takes_the_names_of_another_and_makes_nothing(
    spaces: list[dict[str, int]], own: dict[str, int],
    others: list[dict[str, int]], others_own: dict[str, int],
) -> None:  # fmt: skip
    lazy, plain = made_of(spaces, own)
    other, plain_other = made_of(others, others_own)
    asked: list[str] = []

    def noted(space: dict[str, int]) -> Callable[[str], int]:
        return lambda name: asked.append(name) or space[name]  # type: ignore[func-returns-value]

    other._dbtree_later = tuple(Makers(space, noted(space)) for space in others)
    lazy.update(other)
    plain.update(plain_other)
    assert asked == []
    assert {name: lazy.get(name) for name in "abcdefg"} == {
        name: plain.get(name) for name in "abcdefg"
    }
    assert lazy == plain


def test_a_value_is_made_once() -> None:
    lazy = LazyMapping(Makers({"a": 1}, lambda _: object()))
    first = lazy["a"]
    assert lazy.get("a") is first
    assert dict(lazy)["a"] is first
    assert lazy.setdefault("a", 1) is first
