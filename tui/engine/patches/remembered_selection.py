"""Selections of dbt's that look at few nodes: in each command dbt goes through all of them several
times to find the ones that are named, and copies its graph to cut the others out of it.

What is remembered is of a manifest in which dbt has found no change, and of its graph. What dbt
makes of the nodes that are left is dbt's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from dbt.graph.graph import Graph
from dbt.graph.selector import NodeSelector
from dbt.graph.selector_methods import QualifiedNameSelectorMethod

from tui.engine.fence.command_patches import REMEMBERED_PARSE

WILD = frozenset("*?[]")
EVERY = "*"
"""What is selected where nothing is named: it matches each name."""
FEW = 64
"""Nodes up to which they are cut out of the graph by walking from each of them."""


class _Memory:
    """What this process remembers."""

    def __init__(self) -> None:
        self.members: Set[str] = frozenset()
        """What can be selected."""
        self.places: Mapping[str, tuple[str, ...]] | None = None
        """By a piece of an fqn, what a name that has it may mean."""


_memory = _Memory()
_search = QualifiedNameSelectorMethod.search
_start = NodeSelector.__init__
_cut = Graph.get_subset_graph


def remember(manifest: Any, graph: Any) -> None:
    """Look at all nodes of a graph of dbt's, for the processes that are forked from this one.
    Raises what dbt does.
    """
    selector = NodeSelector(Graph(graph), manifest)
    _memory.members = frozenset(selector.graph.nodes())
    _memory.places = _places(selector, manifest)


def apply() -> None:
    """From here on, this process and its children select so."""
    NodeSelector.__init__ = _started
    QualifiedNameSelectorMethod.search = _searched
    Graph.get_subset_graph = _cut_out


def _places(selector: Any, manifest: Any) -> Mapping[str, tuple[str, ...]] | None:
    found: dict[str, list[str]] = {}
    method = QualifiedNameSelectorMethod(manifest, None, [])
    for key, node in method.non_source_nodes(selector.graph.nodes()):
        fqn = list(node.fqn)
        if len(fqn) < 2:
            return None
        # What `is_selected_node` compares with a whole name, and with its beginning.
        names = {fqn[-1], fqn[-2], "_".join(fqn[-2:]), "_".join(fqn[1:][-2:])}
        names |= {segment.split(".")[0] for segment in fqn[:2]}
        for name in names:
            found.setdefault(name, []).append(key)
    return {name: tuple(keys) for name, keys in found.items()}


def _is_intact(manifest: Any) -> bool:
    remembered = REMEMBERED_PARSE.use()
    return remembered is not None and bool(remembered.is_intact(manifest))


def _started(selector: Any, graph: Any, manifest: Any, *args: Any, **options: Any) -> None:
    is_plain = type(selector)._is_graph_member is NodeSelector._is_graph_member
    if not is_plain or not _is_intact(manifest) or graph.graph.nodes.keys() != _memory.members:
        _start(selector, graph, manifest, *args, **options)
        return
    # A graph of nothing has no members to look for; all of the whole one are.
    _start(selector, Graph(graph.graph.__class__()), manifest, *args, **options)
    selector.full_graph = selector.graph = graph


def _searched(method: Any, included: Set[str], selector: str) -> Iterator[Any]:
    places = _memory.places
    if selector == EVERY and places is not None and _is_intact(method.manifest):
        yield from [key for key, _ in method.non_source_nodes(included)]
        return
    if places is None or not WILD.isdisjoint(selector) or not _is_intact(method.manifest):
        yield from _search(method, included, selector)
        return
    parts = selector.split(".")
    named = (selector, "_".join(parts[-2:]), parts[0])
    candidates = {key for name in named for key in places.get(name, ())}
    few = {key for key in candidates if key in included}
    whole = method.manifest
    method.manifest = _Few(whole, few)
    try:
        yield from _search(method, few, selector)
    finally:
        method.manifest = whole


class _Few:
    """A manifest in which there are only some of what a name may mean."""

    KINDS = (
        "nodes", "exposures", "metrics", "unit_tests", "semantic_models", "saved_queries",
        "functions",
    )  # fmt: skip

    def __init__(self, manifest: Any, keys: Set[str]) -> None:
        for kind in self.KINDS:
            resources = getattr(manifest, kind)
            found = {key: resources[key] for key in keys if key in resources}
            setattr(self, kind, found)


def _cut_out(graph: Any, selected: Iterable[Any]) -> Any:
    wanted = set(selected)
    whole = graph.graph
    if len(wanted) > FEW or not all(key in whole for key in wanted):
        return _cut(graph, wanted)
    few = whole.__class__()
    few.graph.update(whole.graph)
    few.add_nodes_from((key, data) for key, data in whole.nodes.items() if key in wanted)
    if len(wanted) > 1:
        for key in wanted:
            _lead_on(whole, few, key, wanted)
    return Graph(few)


def _lead_on(whole: Any, few: Any, start: str, wanted: Set[str]) -> None:
    """Add an edge to each wanted node that is reached from one past others only."""
    seen, waiting = {start}, [start]
    while waiting:
        key = waiting.pop()
        for child, data in whole.adj[key].items():
            if child in wanted:
                if key == start:
                    few.add_edge(start, child, **data)
                elif child != start and not few.has_edge(start, child):
                    few.add_edge(start, child)
            elif child not in seen:
                seen.add(child)
                waiting.append(child)
