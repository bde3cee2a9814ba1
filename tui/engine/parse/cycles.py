"""Circular references, which dbt's parse accepts and every dbt command then refuses."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine.parse.traversal import CycleFound, upstream_first

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


class CircularReference(Exception):
    """Some nodes depend on each other."""

    def __init__(self, message: str, node: Any, refers_to: str) -> None:
        super().__init__(message)
        self.node = node
        """The one of them whose file was saved last."""
        self.refers_to = refers_to
        """The name by which it refers to the next one."""


def check_cycles(manifest: Manifest, root: Path, since: float = 0.0) -> None:
    """Raise CircularReference where nodes that were parsed since then (seconds since the epoch)
    depend on themselves. An edge comes with the node that depends, so only these can close a
    circle.
    """
    nodes = manifest.nodes
    start = [
        unique_id
        for unique_id, node in nodes.items()
        if node.created_at >= since and node.resource_type not in ("test", "analysis")
    ]
    try:
        deque(upstream_first(start, lambda node: _parents(nodes, node)), maxlen=0)
    except CycleFound as found:
        raise _circle(_shortest_circle(str(found), nodes), nodes, root) from None


def _parents(nodes: Any, unique_id: str) -> list[str]:
    node = nodes.get(unique_id)
    return node.depends_on_nodes if node is not None else []


def _shortest_circle(start: str, nodes: Any) -> list[str]:
    """Each depends on the one that follows, and the last one on the first."""
    came_from: dict[str, str] = {}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        for parent in _parents(nodes, here):
            if parent == start:
                circle = [here]
                while circle[-1] != start:
                    circle.append(came_from[circle[-1]])
                return circle[::-1]
            if parent not in came_from:
                came_from[parent] = here
                todo.append(parent)
    raise ValueError(f"{start} is in no circle")


def _circle(circle: list[str], nodes: Any, root: Path) -> CircularReference:
    def saved_at(unique_id: str) -> float:
        try:
            return os.stat(root / nodes[unique_id].original_file_path).st_mtime
        except OSError:
            return 0.0

    culprit = max(circle, key=saved_at)
    at = circle.index(culprit)
    names = [nodes[unique_id].name for unique_id in (*circle[at:], *circle[:at], culprit)]
    words = " → ".join(names)
    return CircularReference(
        f"These refer to each other in a circle: {words}", nodes[culprit], names[1]
    )
