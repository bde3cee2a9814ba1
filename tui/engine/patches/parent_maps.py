"""The maps of parents and children, kept from parse to parse; only what changed is linked again.

dbt builds both from nothing three times in every parse, which at ten thousand models takes longer
than the parse of the one file that was saved.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt.contracts.graph.manifest import Manifest

from tui.engine.parse.linked_graph import members


@contextmanager
def kept(manifest: Manifest) -> Iterator[None]:
    """Dbt builds no maps for this manifest while something is done inside."""
    if manifest.external_node_unique_ids:
        yield
        return
    manifest.build_parent_and_child_maps = lambda: None
    try:
        yield
    finally:
        manifest.__dict__.pop("build_parent_and_child_maps", None)


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
