"""The modules that a run needs, imported in the engine so that its forked runs have them."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

PRELOADED = (
    "babel.dates",
    "dbt.adapters.duckdb.environments.local",
    "dbt.cli.main",
    "dbt.parser.sql",
    "dbt.task.build",
    "dbt.task.test",
    "dbt_common.clients.agate_helper",
    "multiprocessing.dummy",
    "tui.engine.run.cancellation",
    "tui.engine.execution.tasks",
)
"""What is imported on the way to a first node; an adapter that is not there is left out."""


def preload() -> None:
    """Import what a run needs, so that runs forked from here on have it."""
    for module in PRELOADED:
        with suppress(ImportError):
            import_module(module)
