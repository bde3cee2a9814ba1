"""The assets of a graph as column lineage sees them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from tui.column_lineage.project_tracing import PENDING, Traceable
from tui.graph import AssetGraph
from tui.graph.history import Materialization
from tui.protocol.records import DECLARED, Asset, Compiled

CODED = frozenset({"model", "snapshot"})
"""Resource types that have a query."""
SNAPSHOT_COLUMNS = {
    "dbt_scd_id": "dbt_scd_id", "dbt_updated_at": "dbt_updated_at",
    "dbt_valid_from": "dbt_valid_from", "dbt_valid_to": "dbt_valid_to",
}  # fmt: skip
PYTHON = "It is a Python model, whose columns cannot be traced."


def traceables(
    graph: AssetGraph,
    columns: Mapping[str, Sequence[str]],
    built: Mapping[str, Materialization],
    *,
    compiles: bool,
) -> Iterator[Traceable]:
    """What column lineage needs to know of each asset that has columns.

    Args:
        graph: the project.
        columns: unique_id → the names of the columns that the database or a contract has.
        built: what was built last.
        compiles: whether what is not compiled yet will be.
    """
    for key, asset in graph.assets.items():
        if asset.resource_type in DECLARED or asset.resource_type == "function":
            continue
        is_ephemeral = asset.materialized == "ephemeral"
        is_query = asset.resource_type in CODED
        is_python = is_query and asset.path.endswith(".py")
        yield Traceable(
            key,
            asset.name.replace(".", "_") if is_ephemeral else asset.name,
            asset.relation,
            asset.depends_on,
            _code_key(asset, graph, compiles=compiles) if is_query and not is_python else "",
            PYTHON if is_python else "",
            tuple(columns.get(key, ())),
            _added(asset) if asset.resource_type == "snapshot" else (),
            is_ephemeral,
            built[key].fingerprint.compiled if key in built else "",
        )


def _code_key(asset: Asset, graph: AssetGraph, *, compiles: bool) -> str:
    found: Compiled | None = graph.compiled.get(asset.unique_id)
    if found is not None and found.digest:
        return found.digest
    if found is None and compiles:
        return PENDING
    # What depends on the database is named by what it is written as.
    macros = [graph.macros.get(macro, "") for macro in asset.macros]
    parts = json.dumps([list(asset.fingerprint), macros])
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _added(asset: Asset) -> tuple[str, ...]:
    """The columns that a snapshot has beside those of its query."""
    try:
        config = json.loads(asset.fingerprint.config or "{}")
    except ValueError:
        config = {}
    named = config.get("snapshot_meta_column_names") if isinstance(config, dict) else None
    names = {**SNAPSHOT_COLUMNS, **(named if isinstance(named, dict) else {})}
    return tuple(str(name).lower() for key, name in names.items() if key in SNAPSHOT_COLUMNS)
