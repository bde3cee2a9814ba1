"""The shortest dbt selector that means one node.

dbt's bare selectors match more than names: any beginning of a node's fully qualified name
(`staging` is a folder), with or without its package, and the names of tests too
(dbt/graph/selector_methods.py, `is_selected_node`). So a name is only used where nothing else
answers to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tui.graph import DECLARED, Asset, AssetGraph, Check
from tui.graph.derived_cache import derived

Answering = Mapping[str, tuple[str, ...]]
"""What can be typed → the nodes that dbt finds by it."""


def selectors_of(graph: AssetGraph, unique_ids: Iterable[str]) -> dict[str, str]:
    """For each of these assets and checks the shortest dbt selector that means exactly it.

    Only a graph operator (`+`) may be added to one; where names clash, none may be left out.
    What the graph does not know is left out.
    """
    wanted = [key for key in unique_ids if key in graph.assets or key in graph.checks]
    answering = nodes_answering(graph)
    return {key: _choose(graph, key, _candidates(graph, key), answering) for key in wanted}


def _choose(graph: AssetGraph, unique_id: str, candidates: list[str], answering: Answering) -> str:
    # Checks that read an asset come along with it anyway.
    along = {unique_id, *graph.checks_reading.get(unique_id, ())}
    for text in candidates:
        if along.issuperset(answering.get(text, ())):
            return _typed(text)
    # With a wildcard the whole name must match and not only its beginning.
    fqn = candidates[-1]
    return _typed(f"{fqn[:-1]}[{fqn[-1]}]")


def _typed(text: str) -> str:
    """A selector as dbt reads it: a space would separate two."""
    return text.replace(" ", "?")


def _candidates(graph: AssetGraph, unique_id: str) -> list[str]:
    """What could be typed for a node, the shortest first."""
    check = graph.checks.get(unique_id)
    if check is not None:
        name = name_of_check(check)
        fallback = [f"unit_test:{name}"] if check.kind == "unit" else []
        return [name, *fallback, check.fqn or f"{check.package}.{name}"]
    asset = graph.assets[unique_id]
    if asset.resource_type == "source":
        source, _, table = asset.name.partition(".")
        short = f"{source}.{table.replace('.', '?')}"
        return [_unless_shared(graph, asset, "source", short)]
    if asset.resource_type in DECLARED:
        return [_unless_shared(graph, asset, asset.resource_type, asset.name)]
    return [asset.name, asset.fqn]


def _unless_shared(graph: AssetGraph, asset: Asset, method: str, text: str) -> str:
    """`method:text`, with the package where another package has the same."""
    resource = unique_id_parts(asset.unique_id)
    shared = any(
        f"{resource[0]}.{package}.{resource[2]}" in graph.assets
        for package in {other.package for other in graph.assets.values()} - {asset.package}
    )
    return f"{method}:{asset.package}.{text}" if shared else f"{method}:{text}"


def unique_id_parts(unique_id: str) -> tuple[str, str, str]:
    """Resource type, package, and the rest of a unique_id."""
    resource, _, rest = unique_id.partition(".")
    package, _, name = rest.partition(".")
    return resource, package, name


def name_of_check(check: Check) -> str:
    """Dbt's own name of a test, which its unique_id holds."""
    name = unique_id_parts(check.unique_id)[2] or check.name
    if check.kind == "generic":
        return name.rpartition(".")[0] or name
    if check.kind == "unit":
        return name.partition(".")[2] or name
    return name


@derived
def nodes_answering(graph: AssetGraph) -> Answering:
    """The nodes that each bare selector matches: every name, and every folder of names."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for unique_id, fqn, leaves in _named(graph):
        folder, _, _ = fqn.rpartition(".")
        folders[folder].append(unique_id)
        for text in {*leaves, fqn, fqn.partition(".")[2]}:
            found[text].append(unique_id)
    for folder, inside in folders.items():
        for text in {*_prefixes(folder), *_prefixes(folder.partition(".")[2])}:
            found[text] += inside
    return {text: tuple(nodes) for text, nodes in found.items()}


def _named(graph: AssetGraph) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every node with its fqn and the names that alone mean it."""
    for asset in graph.assets.values():
        if asset.resource_type == "source":
            continue  # dbt's bare selectors pass over sources
        if asset.version:
            *_, base, version = ("", *asset.fqn.split("."))
            yield asset.unique_id, asset.fqn, (base, f"{base}.{version}", f"{base}_{version}")
        else:
            yield asset.unique_id, asset.fqn, (asset.name,)
    for check in graph.checks.values():
        yield check.unique_id, check.fqn, (name_of_check(check),)


def _prefixes(fqn: str) -> Iterator[str]:
    """`a.b.c` and all its beginnings."""
    while fqn:
        yield fqn
        fqn = fqn.rpartition(".")[0]
