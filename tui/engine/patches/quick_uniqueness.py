"""Whether two nodes may build the same relation at all.

dbt renders every relation in each parse. Two relations can only be equal when their schemas and
identifiers are, so that is compared first, and dbt is asked only when something is the same.
"""

from __future__ import annotations

from dbt.contracts.graph.manifest import Manifest

RELATIONAL = ("model.", "seed.", "snapshot.")
"""How the unique_id of what dbt builds as a relation begins."""


def may_collide(manifest: Manifest) -> bool:
    """Whether any two have the same schema and identifier, or the same name."""
    relations: set[tuple[str, str]] = set()
    names: set[tuple[str, str]] = set()
    versioned: set[tuple[str, str]] = set()
    for unique_id, node in manifest.nodes.items():
        if not unique_id.startswith(RELATIONAL):
            continue
        relation = (str(node.schema).lower(), str(node.alias).lower())
        if relation in relations:
            return True
        relations.add(relation)
        name = (node.package_name, node.name)
        if getattr(node, "version", None) is not None:
            versioned.add(name)
        elif name in names:
            return True
        else:
            names.add(name)
    return not versioned.isdisjoint(names)
