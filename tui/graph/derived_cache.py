"""What others derive from a graph, kept with it for as long as it holds.

Most edits change what is in a file and no name, path or tag: what was derived from these then goes
on to the next graph (see `AssetGraph.apply`), and need not be made again after every save.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from tui.graph.asset_graph import AssetGraph

Found = TypeVar("Found")


def derived(compute: Callable[[AssetGraph], Found]) -> Callable[[AssetGraph], Found]:
    """Compute something of a graph once. It may look at anything of assets and checks but at what
    they are built from, what they depend on, and where in a file they are described.
    """
    name = _name(compute)

    @wraps(compute)
    def known(graph: AssetGraph) -> Found:
        kept = graph.derived
        if name not in kept:
            kept[name] = compute(graph)
        return cast(Found, kept[name])

    return known


def is_derived(known: Callable[[AssetGraph], object], graph: AssetGraph) -> bool:
    """Whether it was computed of this graph already, so that asking for it costs nothing."""
    return _name(known) in graph.derived


def _name(compute: Callable[[AssetGraph], object]) -> str:
    return f"{compute.__module__}.{compute.__qualname__}"
