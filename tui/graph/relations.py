"""Which relations of what was built can be looked for in the database, and may be called gone.

Only what dbt's adapters list for sure is gone when it is not listed. A materialization that they
do not know (custom ones, `external`, materialized views of some adapters) may make no relation at
all, or one that is not listed: it is gone only if it was listed before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tui.graph.asset_graph import AssetGraph
from tui.graph.history import History, Materialization
from tui.protocol.records import Asset

LISTED = frozenset({"table", "view", "incremental", "seed", "snapshot"})
"""Materializations whose relation every adapter lists."""
BUILT_BY_DBT = frozenset({"model", "seed", "snapshot"})

_QUOTES = re.compile(r'["`\[\]]')


def looked_for(graph: AssetGraph, history: History) -> list[str]:
    """The assets whose relation is worth looking for: built, and still meant to be where it was
    built. One that is configured to be elsewhere is stale for that.
    """
    return [
        key
        for key, built in history.built.items()
        if (asset := graph.assets.get(key)) is not None
        and asset.resource_type in BUILT_BY_DBT
        and asset.materialized != "ephemeral"
        and is_where_it_was_built(asset, built)
    ]


def is_where_it_was_built(asset: Asset, built: Materialization) -> bool:
    """Whether a build would make the relation that the latest one made.

    The record has it as the adapter writes it: with quotes, and on some without the database.
    """
    if not built.relation or not asset.relation:
        return bool(asset.relation)
    was, now = _QUOTES.sub("", built.relation).casefold(), asset.relation.casefold()
    return now == was or now.endswith(f".{was}")


def gone(graph: AssetGraph, missing: Iterable[str], listed: frozenset[str]) -> frozenset[str]:
    """Of the assets that a whole listing does not have, those of which the relation is gone.

    Args:
        graph: The graph.
        missing: unique_ids that were looked for in vain.
        listed: Assets of other materializations whose relation was listed before.
    """
    return frozenset(
        key
        for key in missing
        if key in listed
        or ((asset := graph.assets.get(key)) is not None and asset.materialized in LISTED)
    )
