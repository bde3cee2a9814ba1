"""The schemas of which dbt lists the relations, made of one node for each instead of of all.

What dbt makes of a node there has no identifier any more: database, schema, quoting and catalog
decide on it, which thousands of nodes have in common.
"""

from __future__ import annotations

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


def _schemas(adapter: Any, relation_configs: Any) -> Any:
    relation = adapter.Relation
    is_checked = relation.__name__ in CHECKED
    if not is_checked and relation.create_from.__func__ is not BaseRelation.create_from.__func__:
        return _plainly(adapter, relation_configs)
    first: dict[Any, Any] = {}
    for node in relation_configs:
        kind = str(node.resource_type)
        config = getattr(node, "config", None)
        catalog = getattr(node, "catalog_name", None) or (config.get("catalog") if config else None)
        quoting = tuple(sorted(node.quoting_dict.items()))
        key = (node.database, node.schema, quoting, catalog)
        first.setdefault(id(node) if kind == SOURCE else key, node)
    return _plainly(adapter, first.values())
