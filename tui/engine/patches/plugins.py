"""dbt's plugins, looked for once: a run is forked from an engine that has found them."""

from __future__ import annotations

import dbt.cli.requires
from dbt.plugins import get_plugin_manager


def apply() -> None:
    """From here on, dbt's commands in this process take the plugins that were found."""
    dbt.cli.requires.set_up_plugin_manager = get_plugin_manager
