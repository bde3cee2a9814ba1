"""Builds the indexes of a graph in the background, so that no key has to wait for them."""

from __future__ import annotations

from tui.graph import AssetGraph
from tui.graph.derived_cache import is_derived
from tui.selection.completion import values_of
from tui.selection.names import names_of
from tui.selection.node_selector import nodes_answering
from tui.selection.paths import existing_paths

PLANNED_BY = (nodes_answering,)
"""What goes on with the graph from edit to edit: what plans and views take,"""
SELECTED_BY = (*PLANNED_BY, values_of, names_of, existing_paths)
"""and what selections take besides."""


def prepare(graph: AssetGraph, *, for_selections: bool = False) -> bool:
    """Derive what plans and views take from a graph, and selections if these are meant, too;
    whether any of it was new.
    """
    kept = SELECTED_BY if for_selections else PLANNED_BY
    is_new = not all(is_derived(known, graph) for known in kept)
    for mapping in (graph.by_name, graph.downstream, graph.checks_of, graph.checks_reading):
        len(mapping)
    for derive in kept:
        derive(graph)
    return is_new
