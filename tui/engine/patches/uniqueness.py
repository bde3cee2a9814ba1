"""dbt's own check that no two nodes build the same relation or share a name."""

from __future__ import annotations

from dbt.config import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import _check_resource_uniqueness


def check(manifest: Manifest, config: RuntimeConfig) -> None:
    """Raise dbt's error where two nodes do."""
    _check_resource_uniqueness(manifest, config)
