"""The graph of a manifest: what is in it, and the graphs that dbt selects in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any

from dbt.compilation import Linker
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import HookNode
from dbt.graph import Graph

from tui.engine.fence.registry import LINEAR_LINKING


def members(manifest: Manifest) -> Iterable[tuple[str, Any]]:
    """All that is in the maps: what `Manifest.build_parent_and_child_maps` takes."""
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


class LinkedGraph:
    """What is computed once per parse, when it is first wanted, and read by all that follows."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    @cached_property
    def stats(self) -> dict[Any, int] | None:
        """How many of each resource type there are, as dbt counts them; None without "linear
        linking", where dbt counts them in each run.
        """
        linker = LINEAR_LINKING.use()
        return None if linker is None else linker.stats_of(self._manifest)

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
        # The quick way, from dbt-core 1.10, where a flag chooses.
        add_test_edges = getattr(linker, "add_test_edges_2", linker.add_test_edges)
        add_test_edges(self._manifest)
        return Graph(linker.graph)
