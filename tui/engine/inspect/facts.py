"""All that a manifest says about one asset or check, without dbt."""

from __future__ import annotations

import json
from typing import Any, Protocol

from tui.engine.records.rows import Records


class HasNodes(Protocol):
    """A manifest, dbt's own or one that is read from its file."""

    nodes: Any
    sources: Any
    exposures: Any
    unit_tests: Any


def find_node(manifest: HasNodes, unique_id: str) -> Any | None:
    """The node of a manifest with this id."""
    tables = (
        manifest.nodes,
        manifest.sources,
        manifest.exposures,
        manifest.unit_tests,
        getattr(manifest, "functions", {}),
    )
    return next((table[unique_id] for table in tables if unique_id in table), None)


def facts_of(
    manifest: Any, records: Records, node: Any, config_sources: dict[str, str]
) -> dict[str, Any]:
    """The facts of `Described`, from the manifest alone.

    Args:
        manifest: dbt's, or a view of its file.
        records: the rows made of it.
        node: the node in it.
        config_sources: where each value of its configuration was set.
    """
    unique_id = node.unique_id
    asset = records.assets.get(unique_id)
    upstream = manifest.parent_map.get(unique_id, [])
    downstream = manifest.child_map.get(unique_id, [])
    config = getattr(node, "config", None)
    return {
        "description": node.description or "",
        "raw_code": getattr(node, "raw_code", "") or "",
        "language": str(getattr(node, "language", "") or "sql"),
        "compiled_code": "",
        "compile_problem": "",
        "config": config.to_dict(omit_none=True) if config is not None else {},
        "config_sources": config_sources,
        "columns": [_column(records, unique_id, column) for column in _columns(node)],
        "meta": getattr(node, "meta", None) or getattr(config, "meta", None) or {},
        "relation": asset.relation if asset else "",
        "upstream": [other for other in upstream if other in records.assets],
        "downstream": [other for other in downstream if other in records.assets],
        "checks": sorted(c.unique_id for c in records.checks.values() if c.asset == unique_id),
        "macros": list(asset.macros) if asset else [],
        "url": getattr(node, "url", None) or "",
        "owner": asset.owner if asset else "",
        "docs_path": asset.patch_path if asset else "",
        "dbt_name": ".".join(node.fqn),
        "label": getattr(node, "label", None) or "",
        "maturity": str(getattr(node, "maturity", None) or ""),
        "deprecation_date": str(getattr(node, "deprecation_date", None) or ""),
        "primary_key": list(getattr(node, "primary_key", None) or ()),
        "source_description": getattr(node, "source_description", None) or "",
        "given": [_plain(part) for part in getattr(node, "given", ())],
        "expect": _plain(getattr(node, "expect", None)),
    }


def _columns(node: Any) -> list[Any]:
    columns = getattr(node, "columns", None)
    return list(columns.values()) if isinstance(columns, dict) else []


def _column(records: Records, unique_id: str, column: Any) -> dict[str, Any]:
    tests = [
        check.test_name
        for check in records.checks.values()
        if check.asset == unique_id and check.column.lower() == column.name.lower()
    ]
    return {
        "name": column.name,
        "type": column.data_type or "",
        "description": column.description or "",
        "tests": sorted(tests),
        "constraints": [_plain(constraint) for constraint in column.constraints],
        "meta": column.meta or {},
        "tags": list(column.tags or ()),
    }


def _plain(value: Any) -> Any:
    return value.to_dict(omit_none=True) if hasattr(value, "to_dict") else value


def as_json(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as they survive a frame: dates and similar as text."""
    return json.loads(json.dumps(facts, default=str))
