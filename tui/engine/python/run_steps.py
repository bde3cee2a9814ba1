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
        nodes: What is to be run; a step keeps their order, and of Python's nodes that nothing
            is in the way of, the first is next.
        parents: What any node of the graph depends on.
        is_python: Whether Python makes it.
        builder_of: The function that builds a dbt node.

    Raises:
        NoOrder: when there is none.
    """
    waits_for = nearest_in_run(nodes, parents)
    left = dict.fromkeys(nodes)
    steps: list[Step] = []
    of_python = [node for node in left if is_python(node)]

    def ready() -> str | None:
        return next(
            (one for one in of_python if not any(other in left for other in waits_for[one])), None
        )

    while left:
        before = len(left)
        while (node := ready()) is not None:
            steps.append(Step("", (node,), is_python=True))
            of_python.remove(node)
            del left[node]
        for name in dict.fromkeys(builder_of(node) for node in left if not is_python(node)):
            own = {node for node in left if not is_python(node) and builder_of(node) == name}
            batch = _closed(own, waits_for, left)
            if batch:
                steps.append(Step(name, tuple(node for node in left if node in batch)))
                for each in batch:
                    del left[each]
        if len(left) == before:
            raise NoOrder(", ".join(left))
    return steps


def behind_blocking(
    parents: Parents, blocking: Iterable[tuple[str, str]], nodes: Collection[str]
) -> Parents:
    """What each node waits for, blocking checks included: what is downstream of an asset waits
    for its blocking checks too, but for what such a check itself reads.

    Args:
        parents: What any node of the graph depends on.
        blocking: Each blocking check with its asset.
        nodes: What is to be run; other checks hold nothing back.
    """
    checks: dict[str, list[str]] = {}
    reads: dict[str, frozenset[str]] = {}
    for check, asset in blocking:
        if check in nodes:
            checks.setdefault(asset, []).append(check)
            reads[check] = _upstream(check, parents)
    if not checks:
        return parents

    def waits_for(node: str) -> Iterable[str]:
        for parent in parents(node):
            yield parent
            for check in checks.get(parent, ()):
                if node != check and not is_check(node) and node not in reads[check]:
                    yield check

    return waits_for


def is_check(node: str) -> bool:
    """Whether a node says how another is, and makes nothing."""
    return node.startswith(("test.", "unit_test.", "asset_check."))


def in_the_way(
    node: str, parents: Parents, culprits: Mapping[str, str], status: Mapping[str, str]
) -> str:
    """What a node is skipped because of; empty where it can be run.

    A check is skipped where its asset was not made; it runs where only another check of the asset
    failed.

    Args:
        node: What is to be run.
        parents: What any node of the graph depends on.
        culprits: What is downstream of these is skipped: node → the one to blame.
        status: How the nodes ended that the run has had so far.
    """
    seen: set[str] = set()
    waiting = list(parents(node))
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        found = culprits.get(key)
        is_made = status.get(key) != "skipped"
        if found and not (is_check(node) and is_made and is_check(found)):
            return found
        if key not in status:
            waiting += parents(key)
    return ""


def _upstream(node: str, parents: Parents) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(parents(node))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents(one)
    return frozenset(found)


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
