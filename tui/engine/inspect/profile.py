"""What the columns of an asset's relation hold: counted by the database, and read only."""

from __future__ import annotations

from typing import Any

from tui.engine.execution.relations import columns_of, relation_of, row_count_of
from tui.engine.inspect.details import refused
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.preview import read_only_cursor
from tui.engine.inspect.profile_answer import profiled
from tui.engine.inspect.profile_sql import read_profile, rows_to_read, statements
from tui.engine.inspect.reading import read_aside
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Profile, Profiled, Refused
from tui.protocol.records import Problem


def profile(warm: WarmProject, request: Profile) -> Profiled | Refused:
    """Count what the columns of an asset's relation hold."""
    node = find_node(warm.manifest, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt does not know {request.unique_id}.")
    if not getattr(node, "relation_name", None):
        return Refused(request.id, f"{node.name} has no relation in the database.")

    outcome = read_aside(warm, lambda: _count(warm, request, node))
    return refused(request.id, outcome) if isinstance(outcome, Problem) else outcome


def _count(warm: WarmProject, request: Profile, node: Any) -> Profiled | Problem:
    adapter = warm.loaded.adapter
    relation = relation_of(adapter, warm.config, node)
    with adapter.connection_named("dbtree_profile"):
        found = adapter.get_relation(relation.database, relation.schema, relation.identifier)
        if found is None:
            return Problem("engine", f"{node.relation_name} is not in the database.")
        is_view = str(getattr(found.type, "value", found.type) or "") == "view"
        columns = columns_of(adapter, relation)
        total = None if is_view else row_count_of(adapter, relation)
    rows = rows_to_read(str(relation), adapter.type(), total=total, sample=request.sample)
    counted, profiles = 0, []
    for statement, part in statements(rows, columns, adapter.type()):
        with adapter.connection_named("dbtree_profile"):
            answer = read_only_cursor(adapter, statement).fetchall()
        counted, found_in_part = read_profile(answer, part)
        profiles += found_in_part
    return profiled(request, str(node.relation_name), rows.method, total, counted, profiles)
