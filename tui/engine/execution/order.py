"""Which of a run's nodes must wait for which others: dbt's order, worked out for the run alone.

dbt links the whole project, adds an edge from every check to whatever lies downstream of all that
the check reads, and then takes out what is not selected, joining what it separated. Over ten
thousand models that takes a minute. The same partial order comes from one walk over what lies
upstream of the selection; sets of checks travel along as the bits of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from tui.engine.parse.traversal import Parents, upstream_first


@dataclass(frozen=True)
class RunOrder:
    """The edges between the nodes of a run. Reachability is what counts, not the single edge."""

    nodes: frozenset[str]
    edges: frozenset[tuple[str, str]]
    check_edges: frozenset[tuple[str, str]]
    """Those of `edges` that a check's end gives rise to."""


def order_of(
    selected: Collection[str],
    parents: Parents,
    *,
    checks: Collection[str] = (),
    waits_for_checks: Callable[[str], bool] = lambda _: False,
) -> RunOrder:
    """The order in which dbt runs these nodes.

    Args:
        selected: unique_ids of the nodes to run.
        parents: what each node depends on, directly.
        checks: those of the selected whose failure holds up what lies downstream of everything
            they read (the data tests of a `build`).
        waits_for_checks: whether a node is one that checks hold up.

    Raises:
        CycleFound: see there.
    """
    chosen = frozenset(selected)
    gates = _Gates([check for check in checks if check in chosen], parents, waits_for_checks)
    edges: set[tuple[str, str]] = set()
    check_edges: set[tuple[str, str]] = set()
    reaching: dict[str, set[str]] = {}
    for node in upstream_first(chosen, parents):
        found: set[str] = set()
        for parent in parents(node):
            if parent in chosen:
                found.add(parent)
            else:
                found |= reaching[parent]
        opened = set(gates.pass_through(node))
        if node in chosen:
            edges |= {(upstream, node) for upstream in found | opened}
            check_edges |= {(check, node) for check in opened}
        else:
            reaching[node] = found | opened
    return RunOrder(chosen, frozenset(edges), frozenset(check_edges))


class _Gates:
    """The checks that hold up what is downstream of all that they read.

    `done` of a node is the set of checks that read only what is upstream of it: those it must
    wait for. A check needs an edge only to the first such nodes on each path.
    """

    def __init__(self, checks: list[str], parents: Parents, waits: Callable[[str], bool]) -> None:
        self._parents = parents
        self._waits = waits
        self._checks = [check for check in sorted(checks) if parents(check)]
        self._is_check = frozenset(self._checks)
        self._reading: dict[str, int] = {}
        self._several: dict[int, frozenset[str]] = {}
        self._index: dict[str, int] = {}
        self._single = 0
        for number, check in enumerate(self._checks):
            read = frozenset(parents(check))
            for node in read:
                self._reading[node] = self._reading.get(node, 0) | 1 << number
            if len(read) == 1:
                self._single |= 1 << number
            else:
                self._several[number] = read
                for node in read:
                    self._index.setdefault(node, len(self._index))
        self._needs = {
            number: sum(1 << self._index[node] for node in read)
            for number, read in self._several.items()
        }
        self._touched: dict[str, int] = {}
        self._above: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._covered: dict[str, int] = {}

    def pass_through(self, node: str) -> Iterator[str]:
        """The checks that must get an edge to this node; its parents were passed through before."""
        if not self._checks or node in self._is_check:
            return
        touched = above = done = covered = 0
        for parent in self._parents(node):
            touched |= self._touched.get(parent, 0) | self._reading.get(parent, 0)
            index = self._index.get(parent)
            above |= self._above.get(parent, 0) | (0 if index is None else 1 << index)
            done |= self._done.get(parent, 0)
            covered |= (self._done if self._waits(parent) else self._covered).get(parent, 0)
        done |= touched & self._single
        for number in _bits(touched & ~self._single & ~done):
            if self._needs[number] & above == self._needs[number]:
                done |= 1 << number
        self._touched[node], self._above[node] = touched, above
        self._done[node], self._covered[node] = done, covered
        if self._waits(node):
            for number in _bits(done & ~covered):
                yield self._checks[number]


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
