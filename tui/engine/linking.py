"""The graph of a manifest: its maps of parents and children, and the graphs that dbt selects in.

The maps are kept from parse to parse, and only what changed is linked again: dbt builds both maps
from nothing three times in every parse, which at ten thousand models takes longer than the
parse of the one file that was saved.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any

from dbt.compilation import Linker, _generate_stats
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import HookNode
from dbt.graph import Graph


def members(manifest: Manifest) -> Iterable[tuple[str, Any]]:
    """All that stands in the maps: what `Manifest.build_parent_and_child_maps` takes."""
    return chain(
        manifest.nodes.items(),
        manifest.sources.items(),
        manifest.exposures.items(),
        # From dbt-core 1.11.
        getattr(manifest, "functions", {}).items(),
        manifest.metrics.items(),
        manifest.semantic_models.items(),
        manifest.saved_queries.items(),
        manifest.unit_tests.items(),
    )


def relink(manifest: Manifest, since: float) -> None:
    """Bring both maps up to date with what was parsed since (seconds since the epoch).

    No list in them is changed: a parse that fails is taken back.
    """
    parents: dict[str, list[str]] = manifest.parent_map
    children: dict[str, list[str]] = manifest.child_map
    present: set[str] = set()
    touched: list[Any] = []
    for unique_id, node in members(manifest):
        present.add(unique_id)
        if node.created_at >= since or unique_id not in parents:
            touched.append(node)
    for unique_id in parents.keys() - present:
        for parent in parents.pop(unique_id):
            _unlink(children, parent, unique_id)
        children.pop(unique_id, None)
    new = {node.unique_id for node in touched if node.unique_id not in children}
    children.update({unique_id: [] for unique_id in new})
    if new:
        # Something may have named it already while it was not there.
        for unique_id, above in parents.items():
            for parent in above:
                if parent in new:
                    insort(children[parent], unique_id)  # a list made here
    for node in touched:
        _link(node, parents, children)


def _link(node: Any, parents: dict[str, list[str]], children: dict[str, list[str]]) -> None:
    before, after = parents.get(node.unique_id, []), sorted(node.depends_on_nodes)
    parents[node.unique_id] = after
    if before == after:
        return
    for parent in before:
        _unlink(children, parent, node.unique_id)
    for parent in after:
        if parent in children:
            children[parent] = sorted([*children[parent], node.unique_id])


def _unlink(children: dict[str, list[str]], parent: str, child: str) -> None:
    if child in children.get(parent, ()):
        children[parent] = [key for key in children[parent] if key != child]


class LinkedGraph:
    """What is computed once per parse, when it is first wanted, and read by all that follows."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    @cached_property
    def stats(self) -> dict[Any, int]:
        """How many of each resource type there are, as dbt counts them."""
        return dict(_generate_stats(self._manifest))

    @cached_property
    def hooks(self) -> tuple[str, ...]:
        """The unique_ids of what runs before and after everything else."""
        nodes = self._manifest.nodes.items()
        return tuple(key for key, node in nodes if isinstance(node, HookNode))

    def prepare(self) -> None:
        """Compute what every run needs.

        A process that is forked afterwards shares it; one that went through all nodes by itself
        would get a copy of nearly every page of the manifest.
        """
        _ = self.stats, self.hooks, self._manifest.ref_lookup, self._manifest.source_lookup

    @cached_property
    def graph(self) -> Graph:
        """Dbt's graph of everything, as `Linker.link_graph` makes it; cycles are not looked for,
        and there are no test edges.
        """
        linker = Linker()
        known = {unique_id for unique_id, _ in members(self._manifest)}
        for unique_id, node in members(self._manifest):
            linker.graph.add_node(unique_id)
            for parent in node.depends_on_nodes:
                if parent in known:
                    linker.graph.add_edge(parent, unique_id)
        return Graph(linker.graph)

    @cached_property
    def graph_with_test_edges(self) -> Graph:
        """The graph of `dbt build`: what follows a test waits for it."""
        linker = Linker()
        linker.graph = self.graph.graph.copy()
        linker.add_test_edges_2(self._manifest)
        return Graph(linker.graph)
