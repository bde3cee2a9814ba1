"""What dbt checks after a parse, where it is to be checked: by dbt's own functions."""

from __future__ import annotations

from dbt.config import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest

from tui.engine.fence.registry import QUICK_UNIQUENESS, UNIQUENESS, UNUSED_CONFIGURATION


def check_uniqueness(manifest: Manifest, config: RuntimeConfig) -> None:
    """Raise dbt's own error where two nodes build the same relation or share a name."""
    quick = QUICK_UNIQUENESS.use()
    if quick is not None and not quick.may_collide(manifest):
        return
    if (uniqueness := UNIQUENESS.use()) is not None:
        uniqueness.check(manifest, config)


def warn_of_unused_configuration(manifest: Manifest, config: RuntimeConfig) -> None:
    """Fire dbt's warning about configuration in dbt_project.yml that applies to nothing."""
    if (unused := UNUSED_CONFIGURATION.use()) is not None:
        unused.warn(manifest, config)
