"""dbt's nodes as a manifest has them: looking one up, what it is built on, what a test is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.manifests import Manifest

Props = Mapping[str, Any]
"""A node as manifest.json has it."""
ASSET_TYPES = frozenset({"model", "seed", "snapshot"})
SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries",
            "unit_tests", "functions")  # fmt: skip


def node_of(manifest: Manifest, unique_id: str) -> Props:
    """A node as the manifest has it. Raises DefinitionError for an unknown one."""
    for section in SECTIONS:
        found = (manifest.get(section) or {}).get(unique_id)
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise DefinitionError(f"The manifest has no {unique_id}.")


def config_of(props: Props) -> Mapping[str, Any]:
    """A node's configuration."""
    found = props.get("config") or {}
    return found if isinstance(found, Mapping) else {}


def dagster_meta(props: Props, *, in_config: bool = False) -> Mapping[str, Any]:
    """What is under `meta.dagster`, of the configuration first where that is asked for."""
    meta = (config_of(props).get("meta") if in_config else None) or props.get("meta") or {}
    found = meta.get("dagster") if isinstance(meta, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def reads_itself(props: Props) -> bool:
    """Whether `meta.dagster.has_self_dependency` says that a node reads its earlier partitions."""
    return bool(dagster_meta(props).get("has_self_dependency"))


def is_asset(props: Props) -> bool:
    """Whether a node is an asset of its own: a model that is not ephemeral, a seed, a snapshot."""
    kind = props["resource_type"]
    return kind in ASSET_TYPES and config_of(props).get("materialized") != "ephemeral"


def upstream(manifest: Manifest, props: Props) -> set[str]:
    """The assets and sources that a node reads, through what is no asset of its own."""
    found: set[str] = set()
    waiting, seen = list((props.get("depends_on") or {}).get("nodes") or ()), set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        node = node_of(manifest, key)
        if is_asset(node) or node["resource_type"] == "source":
            found.add(key)
        elif node["resource_type"] not in ("test", "unit_test"):
            waiting += (node.get("depends_on") or {}).get("nodes") or ()
    return found


def tested(manifest: Manifest, unique_id: str) -> str | None:
    """The node that a dbt test is of: the one it is attached to, the only one it reads, or the one
    that `meta.dagster.ref` names; None where it could be of several.
    """
    props = node_of(manifest, unique_id)
    parents = list((props.get("depends_on") or {}).get("nodes") or ())
    found = props.get("attached_node") or None
    if len(set(parents)) == 1:
        found = parents[0]
    ref = dagster_meta(props, in_config=True).get("ref")
    if not isinstance(ref, Mapping):
        return found
    package = ref.get("package") or (manifest.get("metadata") or {}).get("project_name")
    wanted = (ref.get("name"), package, ref.get("version"))
    return next(
        (
            key
            for key, node in manifest["nodes"].items()
            if (node["name"], node.get("package_name"), node.get("version")) == wanted
        ),
        None,
    )
