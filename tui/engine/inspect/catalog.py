"""Which relations are in the database: one query per schema, by the adapter's own listing.

What cannot be listed (no permission, no connection, a schema that the adapter does not tell) is
not known: only what a whole listing does not have is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tui.engine.execution.relations import relation_of
from tui.engine.inspect.duckdb_files import only_look

Schema = tuple[str, str]
"""Database and schema."""


@dataclass
class Found:
    """What a look into the database found."""

    there: list[str] = field(default_factory=list)
    """unique_ids of nodes whose relation is in the database."""
    missing: list[str] = field(default_factory=list)
    """Those whose schema was listed, or is gone, and does not have it."""
    problems: list[Exception] = field(default_factory=list)
    """Why some schemas could not be listed: what is in them is not known."""


def look_up(adapter: Any, config: Any, nodes: Iterable[Any]) -> Found:
    """Look for the relations of nodes. Opens a connection, and is for a process of its own."""
    is_duckdb = adapter.type() == "duckdb"
    gone = only_look(config.credentials) if is_duckdb else frozenset()
    schemas: dict[Schema, tuple[Any, dict[str, str]]] = {}
    found = Found()
    for node in nodes:
        relation = relation_of(adapter, config, node)
        schema = (str(relation.database or ""), str(relation.schema or ""))
        if _folded(relation.database) in gone:
            found.missing.append(node.unique_id)
            continue
        _, wanted = schemas.setdefault(schema, (relation, {}))
        wanted[node.unique_id] = _folded(relation.identifier)
    try:
        everything = _all_of_duckdb(adapter) if is_duckdb and schemas else {}
    except Exception as error:  # noqa: BLE001  of dbt or of any driver: it is not known
        found.problems.append(error)
        return found
    for schema, (relation, wanted) in schemas.items():
        try:
            if is_duckdb:
                listed = everything.get((_folded(schema[0]), _folded(schema[1])), set())
            else:
                listed = _listed(adapter, relation)
        except Exception as error:  # noqa: BLE001  as above, of one schema
            found.problems.append(error)
            continue
        for unique_id, name in wanted.items():
            (found.there if name in listed else found.missing).append(unique_id)
    return found


def _listed(adapter: Any, relation: Any) -> set[str]:
    """The names in the schema of a relation.

    Some adapters answer with nothing where they are not allowed to look, and say so only when they
    are asked for the schema itself.
    """
    with adapter.connection_named("dbtree_catalog"):
        listed = adapter.list_relations_without_caching(relation.without_identifier())
        if not listed:
            adapter.check_schema_exists(relation.database, relation.schema)
        return {_folded(each.identifier) for each in listed}


def _all_of_duckdb(adapter: Any) -> dict[Schema, set[str]]:
    """The names in every schema (in lower case), by the query of dbt-duckdb's own listing.

    All at once and past agate's tables: nobody can write to the file meanwhile.
    """
    with adapter.connection_named("dbtree_catalog"):
        _, cursor = adapter.connections.add_query(
            "select table_catalog, table_schema, table_name from system.information_schema.tables",
            auto_begin=False,
        )
        found: dict[Schema, set[str]] = {}
        for database, schema, name in cursor.fetchall():
            found.setdefault((_folded(database), _folded(schema)), set()).add(_folded(name))
        return found


def _folded(name: Any) -> str:
    """A name as dbt's cache of relations compares it."""
    return str(name or "").lower()
