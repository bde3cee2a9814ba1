"""dbt's linker in linear time: every path is walked for a cycle only when there is one."""

from __future__ import annotations

from typing import Any

from dbt.compilation import Linker, _generate_stats
from dbt.contracts.graph.manifest import Manifest
from dbt.graph import Graph


class LinearLinker(Linker):
    """Finds out first whether there is a cycle at all."""

    def find_cycles(self) -> Any:
        return super().find_cycles() if _has_cycle(self.graph) else None


def apply() -> None:
    """From here on, each linker of this process does so."""
    slowly = Linker.find_cycles
    Linker.find_cycles = lambda linker: slowly(linker) if _has_cycle(linker.graph) else None


def _has_cycle(graph: Any) -> bool:
    waiting = {node: count for node, count in graph.in_degree() if count}
    free = [node for node, count in graph.in_degree() if not count]
    for node in free:
        for child in graph.successors(node):
            waiting[child] -= 1
            if not waiting[child]:
                free.append(child)
    return len(free) < len(graph)


def graph_of(manifest: Manifest) -> Graph:
    """Dbt's graph of everything, without test edges. Raises dbt's error for a cycle."""
    linker = LinearLinker()
    linker.link_graph(manifest)
    return Graph(linker.graph)


def stats_of(manifest: Manifest) -> dict[Any, int]:
    """How many of each resource type there are, as dbt counts them."""
    return dict(_generate_stats(manifest))
