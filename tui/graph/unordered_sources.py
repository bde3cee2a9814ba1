"""Sources that a node of the same project builds: dbt does not know their order in a run.

Where a seed or a model makes the very relation that a source points at, dbt knows no edge between
them: the tests of the source, and whatever reads it, run before, after or while it is built.
"""

from __future__ import annotations

from tui.graph.asset_graph import BUILDABLE, AssetGraph
from tui.graph.derived_cache import derived
from tui.protocol.records import Asset

QUOTES = str.maketrans("", "", '"`[]')


@derived
def _builders(graph: AssetGraph) -> dict[str, str]:
    """Relation, as databases compare them → the asset that builds it."""
    return {
        _plain(asset.relation): key
        for key, asset in graph.assets.items()
        if asset.relation and asset.resource_type in BUILDABLE and asset.materialized != "ephemeral"
    }


def builder_of(graph: AssetGraph, source: str) -> Asset | None:
    """The asset that builds the relation of a source; None where there is none, or an edge."""
    asset = graph.assets.get(source)
    if asset is None or asset.resource_type != "source" or not asset.relation:
        return None
    found = _builders(graph).get(_plain(asset.relation))
    if found is None or found == source or found in asset.depends_on:
        return None
    return graph.assets[found]


def unordered_reads(graph: AssetGraph, unique_id: str) -> list[tuple[Asset, Asset]]:
    """The sources that an asset reads, or is, and that the project builds itself: each with what
    builds it.
    """
    asset = graph.assets.get(unique_id)
    keys = (unique_id, *asset.depends_on) if asset is not None else ()
    pairs = ((key, builder_of(graph, key)) for key in keys)
    return [(graph.assets[key], builder) for key, builder in pairs if builder is not None]


def warning(source: Asset, builder: Asset) -> str:
    """What is wrong with it, in two sentences."""
    what = f"{builder.resource_type} {builder.name}"
    return (
        f"{_name(source)} is built by {what} of this project, but dbt does not know the order: its "
        f"checks and readers may run before {what} is built. Use ref('{builder.name}') instead."
    )


def in_the_same_run(source: Asset, builder: Asset) -> str:
    """Why something may have failed that reads this source."""
    what = f"{builder.resource_type} {builder.name}"
    return f"{_name(source)} is built by {what} in the same run, and nothing orders them"


def short_warning(source: Asset, builder: Asset) -> tuple[str, str]:
    """The warning in a few words, and what to do."""
    what = f"{builder.resource_type} {builder.name}"
    return (
        f"{_name(source)} is built by {what}, but dbt does not know the order",
        f"use ref('{builder.name}')",
    )


def _name(source: Asset) -> str:
    return ".".join(source.unique_id.split(".")[-2:])


def _plain(relation: str) -> str:
    return relation.translate(QUOTES).casefold()
