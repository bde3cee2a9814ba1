"""What is around an asset, and between two of them."""

from __future__ import annotations

from tui.graph import AssetGraph
from tui.selection.resolver import reach


def neighbourhood(graph: AssetGraph, unique_id: str, hops: int) -> frozenset[str]:
    """An asset with all that is at most so many steps up or downstream of it."""
    up = reach((unique_id,), graph.upstream, hops)
    down = reach((unique_id,), lambda key: graph.downstream.get(key, ()), hops)
    return frozenset({unique_id} | up | down)


def between(graph: AssetGraph, one: str, other: str) -> frozenset[str]:
    """All that lies on a way between two assets, whichever comes first; empty where none does."""
    for first, last in ((one, other), (other, one)):
        below = graph.descendants((first,))
        if last in below:
            return frozenset((below & graph.ancestors((last,))) | {first, last})
    return frozenset()
