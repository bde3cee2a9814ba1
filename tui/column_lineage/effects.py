"""What a column reaches beyond the columns that are known, and how much is known at all."""

from __future__ import annotations

from collections.abc import Iterable

from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.values import UNKNOWN, ColumnRef
from tui.graph import DECLARED, AssetGraph
from tui.protocol.plain import plain


@plain(frozen=True, slots=True)
class Coverage:
    """How much of a project is traced."""

    queries: int
    """Assets that have a query, and were looked at."""
    traced: int
    """Those of which every column is known."""
    columns: int
    """Columns of the queries."""
    traced_columns: int
    """Those of which all sources are known."""


def coverage(columns: ColumnGraph, graph: AssetGraph) -> Coverage:
    """How much of the models and snapshots of a project is traced."""
    found = [
        one
        for key, one in columns.assets.items()
        if key in graph.assets and graph.assets[key].resource_type in ("model", "snapshot")
    ]
    listed = [column for one in found for column in one.columns]
    return Coverage(
        len(found),
        sum(one.is_whole and not one.problem for one in found),
        len(listed),
        sum(column.kind != UNKNOWN and not column.note for column in listed),
    )


def exposures_of(graph: AssetGraph, refs: Iterable[ColumnRef]) -> list[str]:
    """The exposures, metrics and the like that read an asset of these columns: unique_ids.

    They declare which assets they read, and not which columns.
    """
    return [key for key in _readers(graph, refs) if graph.assets[key].resource_type in DECLARED]


def _readers(graph: AssetGraph, refs: Iterable[ColumnRef]) -> list[str]:
    """The assets that read one of these columns' assets, in the order of their ids."""
    assets = {ref.asset for ref in refs}
    found = {key for asset in assets for key in graph.downstream.get(asset, ())}
    return sorted(found & graph.assets.keys())


def untraced_readers(
    graph: AssetGraph, columns: ColumnGraph, refs: Iterable[ColumnRef]
) -> list[str]:
    """Assets that read one of these columns' assets, and of which it is not known which columns
    they use: they may use these too.
    """
    return [
        key
        for key in _readers(graph, refs)
        if graph.assets[key].resource_type not in DECLARED and not _is_known(columns, key)
    ]


def _is_known(columns: ColumnGraph, key: str) -> bool:
    traced = columns.assets.get(key)
    return traced is not None and traced.is_whole and not traced.problem
