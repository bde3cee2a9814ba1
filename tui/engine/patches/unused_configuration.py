"""dbt's own warning of configuration in dbt_project.yml that applies to nothing."""

from __future__ import annotations

from dbt.config import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import _warn_for_unused_resource_config_paths


def warn(manifest: Manifest, config: RuntimeConfig) -> None:
    """Fire dbt's warning."""
    _warn_for_unused_resource_config_paths(manifest, config)
