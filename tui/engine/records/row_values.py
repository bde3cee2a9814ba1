"""The values of a row that one node says by itself: its name, relation, owner, what it reads."""

from __future__ import annotations

import json
import re
from typing import Any

from tui.protocol.records import DECLARED

ASSETS = frozenset({"model", "seed", "snapshot", "source", "function"}) | DECLARED
DESCRIPTION = 300
"""Characters of a description that travel with the graph."""


def shown_name(node: Any) -> str:
    """`customers`, `dim_orders.v2`, `shop.raw_orders`."""
    if str(node.resource_type) == "source":
        return f"{node.source_name}.{node.name}"
    version = getattr(node, "version", None)
    return f"{node.name}.v{version}" if version is not None else str(node.name)


def relation_of(node: Any) -> str:
    """database.schema.identifier of what is built or read; empty where there is nothing."""
    if str(node.resource_type) in DECLARED or getattr(node, "is_ephemeral_model", False):
        return ""
    identifier = getattr(node, "identifier", None) or getattr(node, "alias", None)
    parts = (getattr(node, "database", None), getattr(node, "schema", None), identifier)
    return ".".join(str(part) for part in parts if part)


def materialized_as(node: Any, resource: str) -> str:
    """Its materialization, or what it is where nothing is materialized."""
    if resource == "source":
        return "source"
    if resource in ("exposure", "metric"):
        return str(getattr(node.type, "value", node.type))
    if resource in DECLARED:
        return resource.replace("_", " ")
    return str(node.config.materialized)


def upstream_assets(manifest: Any, node: Any) -> tuple[str, ...]:
    """The assets that a node reads. What is between (metrics, semantic models) is passed."""
    found: set[str] = set()
    waiting, passed = list(node.depends_on_nodes), set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id.split(".", 1)[0] in ASSETS:
            found.add(unique_id)
        elif unique_id not in passed:
            passed.add(unique_id)
            waiting += manifest.parent_map.get(unique_id, ())
    return tuple(sorted(found))


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a description, on one line."""
    paragraph = re.split(r"\n\s*\n", (text or "").strip(), maxsplit=1)[0]
    line = " ".join(paragraph.split())
    return line if len(line) <= DESCRIPTION else line[: DESCRIPTION - 1] + "…"


def owner_of(node: Any, group_owners: dict[str, str]) -> str:
    """The owner of an exposure, of a node's group, or that its `meta` names; else nothing.

    Args:
        node: an asset.
        group_owners: by the name of the group.
    """
    if str(node.resource_type) == "exposure":
        return _owner(node.owner)
    group = getattr(node, "group", None)
    if group and group_owners.get(group):
        return group_owners[group]
    meta = getattr(node, "meta", None) or getattr(node.config, "meta", None) or {}
    return str(meta.get("owner") or "") if isinstance(meta, dict) else ""


def tags_of(node: Any) -> tuple[str, ...]:
    """Its tags, each once, in order."""
    return tuple(sorted({str(tag) for tag in getattr(node, "tags", None) or ()}))


def _owner(owner: Any) -> str:
    return str(getattr(owner, "name", None) or _email(owner))


def group_owner(owner: Any) -> str:
    """A group's owner by address, as Dagster has it; by name where there is none."""
    return _email(owner) or str(getattr(owner, "name", None) or "")


def _email(owner: Any) -> str:
    email = getattr(owner, "email", None)
    return ", ".join(email) if isinstance(email, list) else str(email or "")


def freshness_of(source: Any) -> str:
    """What a source says of its freshness, as JSON; empty where it says nothing."""
    if source.freshness is None or not source.has_freshness:
        return ""
    said = source.freshness.to_dict(omit_none=True)
    if source.loaded_at_field:
        said["loaded_at_field"] = source.loaded_at_field
    return json.dumps(said, sort_keys=True, separators=(",", ":"), default=str)
