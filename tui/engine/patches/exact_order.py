"""The graph of a run's own nodes, instead of the whole project's with test edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbt.compilation import Linker
from dbt.exceptions import GraphDependencyNotFoundError
from dbt.graph import Graph

from tui.engine.execution.order import RunOrder, order_of


def ordered(manifest: Any, nodes: Iterable[str], *, is_build: bool) -> Graph:
    """The graph, as dbt has it, of just these nodes, with what a build's checks hold up.

    Raises CycleFound; dbt's error where something depends on what does not exist.
    """
    parents = Dependencies(manifest)
    checks = [key for key in nodes if key.startswith("test.")] if is_build else []
    order = order_of(
        frozenset(nodes), parents, checks=checks, waits_for_checks=parents.is_executable
    )
    return as_graph(order)


class Dependencies:
    """What each node of a manifest depends on, as dbt's linker sees it."""

    def __init__(self, manifest: Any) -> None:
        self._nodes = manifest.nodes
        self._places = [
            manifest.nodes,
            manifest.sources,
            manifest.metrics,
            manifest.semantic_models,
            getattr(manifest, "functions", {}),
        ]
        self._ends = [manifest.unit_tests, manifest.exposures, manifest.saved_queries]
        self._known: dict[str, tuple[str, ...]] = {}

    def __call__(self, unique_id: str) -> tuple[str, ...]:
        """The unique_ids. Raises dbt's error where one of them does not exist."""
        known = self._known.get(unique_id)
        if known is None:
            node = next(place[unique_id] for place in self._all() if unique_id in place)
            known = tuple(dict.fromkeys(getattr(node, "depends_on_nodes", ())))
            for parent in known:
                if not any(parent in place for place in self._places):
                    raise GraphDependencyNotFoundError(node, parent)
            self._known[unique_id] = known
        return known

    def _all(self) -> list[Any]:
        return self._places + self._ends

    def is_executable(self, unique_id: str) -> bool:
        """Whether a build's checks hold this node up."""
        return unique_id in self._nodes and not unique_id.startswith("test.")


def as_graph(order: RunOrder) -> Graph:
    """An order as the graph that dbt's queue is made from."""
    graph = Linker().graph
    graph.add_nodes_from(sorted(order.nodes))
    for upstream, downstream in sorted(order.edges):
        if (upstream, downstream) in order.check_edges:
            graph.add_edge(upstream, downstream, edge_type="parent_test")
        else:
            graph.add_edge(upstream, downstream)
    return Graph(graph)
