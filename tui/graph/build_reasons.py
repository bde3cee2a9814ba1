"""Why what was built is not what would be built now, whatever was built upstream since: of an
asset, or of some of its partitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui.graph.asset_graph import AssetGraph
from tui.graph.history import History, Materialization
from tui.graph.relations import is_where_it_was_built
from tui.graph.staleness import deferral_reason, deferred_parents, own_reasons
from tui.graph.status import StaleReason
from tui.protocol.records import Asset


def build_reasons(
    graph: AssetGraph, history: History, asset: Asset, built: Materialization
) -> Iterator[StaleReason]:
    """What changed in an asset since it was built, and whether its relation is gone."""
    yield from own_reasons(graph, asset, built)
    if asset.unique_id in history.missing and is_where_it_was_built(asset, built):
        yield StaleReason("relation_missing", f"the relation {asset.relation} is gone")
    if deferred_parents(built) is None and not history.deferral:
        yield StaleReason("deferred", "built with --defer: what it read elsewhere is not known")


def parent_reasons(
    graph: AssetGraph, history: History, upstream: str, built: Materialization
) -> Iterator[StaleReason]:
    """Whether a parent was read from another place than it would be read from now."""
    elsewhere = history.read_elsewhere(upstream) if history.deferral else ""
    name = graph.assets[upstream].name
    reason = deferral_reason(name, upstream, deferred_parents(built), elsewhere)
    if reason is not None:
        yield reason
