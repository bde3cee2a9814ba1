"""The schemas of which dbt lists the relations, made of one node for each instead of of all.

What dbt makes of a node there has no identifier any more: database, schema, quoting and catalog
decide on it, which thousands of nodes have in common.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.base.relation import BaseRelation

SOURCE = "source"
CHECKED = frozenset({"DuckDBRelation"})
"""Relations that are made otherwise of sources only."""

_plainly = BaseAdapter._get_cache_schemas


def apply() -> None:
    """From here on, the adapters of this process do so."""
    BaseAdapter._get_cache_schemas = _schemas


def is_plain(adapter: Any) -> bool:
    """Whether what an adapter makes of a node follows from what is compared here."""
    relation = adapter.Relation
    is_plain: bool = relation.create_from.__func__ is BaseRelation.create_from.__func__
    return is_plain or relation.__name__ in CHECKED


def one_of_each(relation_configs: Iterable[Any]) -> list[Any]:
    """One node of each schema, and all sources."""
    first: dict[Any, Any] = {}
    for node in relation_configs:
        kind = str(node.resource_type)
        config = getattr(node, "config", None)
        catalog = getattr(node, "catalog_name", None) or (config.get("catalog") if config else None)
        quoting = tuple(sorted(node.quoting_dict.items()))
        key = (node.database, node.schema, quoting, catalog)
        first.setdefault(id(node) if kind == SOURCE else key, node)
    return list(first.values())


def _schemas(adapter: Any, relation_configs: Any) -> Any:
    if not is_plain(adapter):
        return _plainly(adapter, relation_configs)
    return _plainly(adapter, one_of_each(relation_configs))
