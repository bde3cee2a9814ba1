"""What the database has of an asset, beside what the project declares."""

from __future__ import annotations

from typing import Any

from tui.engine.execution.relations import columns_of, relation_of, row_count_of
from tui.engine.inspect.details import refused
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.reading import read_aside
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Inspect, Inspected, Refused
from tui.protocol.records import Problem


def inspect(warm: WarmProject, request: Inspect) -> Inspected | Refused:
    """Look an asset's relation up in the database."""
    node = find_node(warm.manifest, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt does not know {request.unique_id}.")
    if not getattr(node, "relation_name", None):
        return Refused(request.id, f"{node.name} has no relation in the database.")

    def work() -> Inspected:
        return _look_at(warm, request, node)

    outcome = read_aside(warm, work)
    return refused(request.id, outcome) if isinstance(outcome, Problem) else outcome


def _look_at(warm: WarmProject, request: Inspect, node: Any) -> Inspected:
    adapter = warm.loaded.adapter
    relation = relation_of(adapter, warm.config, node)
    with adapter.connection_named("dbtree_inspect"):
        found = adapter.get_relation(relation.database, relation.schema, relation.identifier)
        if found is None:
            return Inspected(request.id, request.unique_id, str(node.relation_name), False)
        kind = str(getattr(found.type, "value", found.type) or "")
        return Inspected(
            id=request.id,
            unique_id=request.unique_id,
            relation=str(node.relation_name),
            is_there=True,
            kind=kind,
            columns=columns_of(adapter, relation),
            row_count=None if kind == "view" else row_count_of(adapter, relation),
        )
