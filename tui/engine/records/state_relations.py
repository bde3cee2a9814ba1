"""What a manifest.json says of where its nodes are built: what a run can defer to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "manifest.json"
BUILT = frozenset({"model", "seed", "snapshot"})
"""What dbt defers to."""


class NoState(Exception):
    """A directory has no manifest that can be read; the reason is for the user."""


def relations_in(directory: Path) -> dict[str, str]:
    """The relation of each node that is built, without quotes, by unique_id. Raises NoState."""
    path = directory / FILE
    try:
        nodes = json.loads(path.read_bytes())["nodes"]
        return {
            key: relation.replace('"', "").replace("`", "")
            for key, node in nodes.items()
            if node["resource_type"] in BUILT and (relation := _relation(node))
        }
    except OSError as error:
        raise NoState(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NoState(f"{path} is not a manifest of dbt.") from error


def _relation(node: dict[str, Any]) -> str:
    if (node.get("config") or {}).get("materialized") == "ephemeral":
        return ""
    return str(node.get("relation_name") or "")
