"""The order of a run in which Python's assets are between dbt's: as few calls of dbt as can be.

Pure. A step is one asset or check of Python's, or a set of dbt's nodes that one function builds.
Every node comes after all that it depends on, also through nodes that are not in the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

Parents = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Step:
    """What is done at once."""

    builder: str
    """The `@dbt_assets` function; empty for plain dbt."""
    nodes: tuple[str, ...]
    is_python: bool = False


class NoOrder(Exception):
    """The nodes depend on each other in a circle."""


def steps_of(
    nodes: Collection[str],
    parents: Parents,
    is_python: Callable[[str], bool],
    builder_of: Callable[[str], str],
) -> list[Step]:
    """The steps of a run.

    Args:
        nodes: What is to be run; a step keeps their order.
        parents: What any node of the graph depends on.
        is_python: Whether Python makes it.
        builder_of: The function that builds a dbt node.

    Raises:
        NoOrder: when there is none.
    """
    waits_for = nearest_in_run(nodes, parents)
    left = dict.fromkeys(nodes)
    steps: list[Step] = []
    while left:
        before = len(left)
        while ready := [
            node for node in left if is_python(node) and waits_for[node].isdisjoint(left)
        ]:
            for node in ready:
                steps.append(Step("", (node,), is_python=True))
                del left[node]
        for name in dict.fromkeys(builder_of(node) for node in left if not is_python(node)):
            own = {node for node in left if not is_python(node) and builder_of(node) == name}
            batch = _closed(own, waits_for, left)
            if batch:
                steps.append(Step(name, tuple(node for node in left if node in batch)))
                for node in batch:
                    del left[node]
        if len(left) == before:
            raise NoOrder(", ".join(left))
    return steps


def _closed(
    own: set[str], waits_for: Mapping[str, frozenset[str]], left: Collection[str]
) -> set[str]:
    """Of a function's nodes, those that wait for nothing but each other."""
    batch, others = set(own), {node for node in left if node not in own}
    while held := {node for node in batch if not waits_for[node].isdisjoint(others)}:
        batch -= held
        others |= held
    return batch


def nearest_in_run(nodes: Collection[str], parents: Parents) -> dict[str, frozenset[str]]:
    """For each node, what of the run it depends on, directly or through what is not in the run."""
    inside = set(nodes)
    through: dict[str, frozenset[str]] = {}
    """By node outside the run: what of the run is upstream of it."""

    def above(node: str) -> frozenset[str]:
        found: set[str] = set()
        for parent in parents(node):
            found |= {parent} if parent in inside else through[parent]
        return frozenset(found)

    for start in inside:
        waiting = [start]
        while waiting:
            node = waiting[-1]
            missing = [
                parent for parent in parents(node) if parent not in inside and parent not in through
            ]
            if missing:
                for parent in missing:
                    # A circle outside the run is no business of the run's.
                    if parent in waiting:
                        through[parent] = frozenset()
                    else:
                        waiting.append(parent)
                continue
            if node not in inside:
                through[node] = above(node)
            waiting.pop()
    return {node: above(node) for node in inside}
