"""Looking at a graph once, beside the screen, so that no key has to do it first."""

from __future__ import annotations

from tui.assets import AssetGraph
from tui.assets.derived import is_derived
from tui.selection.completion import values_of
from tui.selection.names import names_of
from tui.selection.naming import nodes_answering
from tui.selection.paths import existing_paths

KEPT = (nodes_answering, values_of, names_of, existing_paths)
"""What goes on with the graph from edit to edit."""


def prepare(graph: AssetGraph) -> bool:
    """Derive what plans, selections and views take from a graph; whether any of it was new."""
    is_new = not all(is_derived(known, graph) for known in KEPT)
    for mapping in (graph.by_name, graph.downstream, graph.checks_of, graph.checks_reading):
        len(mapping)
    for derive in KEPT:
        derive(graph)
    return is_new
