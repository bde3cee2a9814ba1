"""A column as a person types it, `orders.total`, in a graph."""

from __future__ import annotations

from difflib import get_close_matches

from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.values import ColumnRef
from tui.errors import SelectionError
from tui.graph import DECLARED, AssetGraph


def asset_named(graph: AssetGraph, name: str) -> str:
    """The unique_id of the asset of a name. Raises SelectionError where there is none."""
    if name in graph.assets:
        return name
    found = [
        key
        for key, asset in graph.assets.items()
        if asset.name == name and asset.resource_type not in DECLARED
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise SelectionError(f"{name} is more than one asset: {', '.join(sorted(found))}")
    names = {one.name for one in graph.assets.values() if one.resource_type not in DECLARED}
    near = get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise SelectionError(f"there is no asset {name}{hint}")


def column_named(graph: AssetGraph, columns: ColumnGraph, text: str) -> ColumnRef:
    """The column that a text such as `orders.total` means.

    Raises SelectionError, which says what is wrong with it.
    """
    asset, name = column_parts(graph, text)
    asset_name = graph.assets[asset].name
    traced = columns.assets.get(asset)
    names = traced.names if traced is not None else ()
    ref = ColumnRef(asset, name.lower())
    if ref.column in names or columns.users_of(ref):
        return ref
    near = get_close_matches(ref.column, names, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    if traced is not None and traced.problem:
        hint += f" ({traced.problem})"
    raise SelectionError(f"{asset_name} has no column {name} that is known{hint}")


def column_parts(graph: AssetGraph, text: str) -> tuple[str, str]:
    """The asset and the column of `orders.total`: the longest name that an asset has, since the
    name of a source has a point in it, as that of a column may. Raises SelectionError.
    """
    asset_name, _, name = text.rpartition(".")
    if not asset_name or not name:
        raise SelectionError(f"{text} is not a column; write ASSET.COLUMN")
    while True:
        try:
            return asset_named(graph, asset_name), name
        except SelectionError:
            shorter, _, part = asset_name.rpartition(".")
            if not shorter:
                asset_named(graph, text.rpartition(".")[0])  # says what is wrong with the whole
                raise
            asset_name, name = shorter, f"{part}.{name}"
