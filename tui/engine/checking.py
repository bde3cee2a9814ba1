"""What dbt checks after a parse: that no two nodes build the same relation or share a name.

dbt renders every relation in each parse. Two relations can only be equal when their schemas and
identifiers are, so that is compared first, and dbt is asked only when something is the same.
"""

from __future__ import annotations

import dbt.parser.manifest as dbt_manifest
from dbt.config import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest

from tui.engine.shortcuts import QUICK_UNIQUENESS

RELATIONAL = ("model.", "seed.", "snapshot.")
"""How the unique_id of what dbt builds as a relation begins."""


def check_uniqueness(manifest: Manifest, config: RuntimeConfig) -> None:
    """Raise dbt's own error where two nodes build the same relation or share a name."""
    if QUICK_UNIQUENESS.on and not _may_collide(manifest):
        return
    dbt_manifest._check_resource_uniqueness(manifest, config)


def _may_collide(manifest: Manifest) -> bool:
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


def warn_of_unused_configuration(manifest: Manifest, config: RuntimeConfig) -> None:
    """Fire dbt's warning about configuration in dbt_project.yml that applies to nothing."""
    dbt_manifest._warn_for_unused_resource_config_paths(manifest, config)
