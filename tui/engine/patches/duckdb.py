"""DuckDB's connections in this process, which dbt-duckdb keeps to itself.

dbt-duckdb interrupts the statement of that moment only, and leaves its database open until the
exit handlers, which a run's process does not reach.
"""

from __future__ import annotations

import sys
from typing import Any


def interrupt() -> None:
    """Interrupt what DuckDB is doing, on every connection that dbt has open."""
    environment = _environment()
    factory = sys.modules.get("dbt.adapters.factory")
    adapter = factory and factory.FACTORY.adapters.get("duckdb")
    if not environment or not adapter:
        return
    for connection in list(adapter.connections.thread_connections.values()):
        try:
            environment.cancel(connection)
        except Exception:  # noqa: BLE001 - closed meanwhile, or not open yet: nothing to interrupt
            continue


def release() -> None:
    """Close the database, and let dbt open it again when it needs it."""
    close()
    manager = _manager()
    if getattr(manager, "_ENV", None):
        manager._ENV = None


def close() -> None:
    """Close the database, so that others may open it.

    Leaving by `os._exit` skips the exit handlers in which dbt-duckdb closes it, which is when
    DuckDB writes its log into the database file.
    """
    environment = _environment()
    if environment:
        environment.close()


def _environment() -> Any:
    return getattr(_manager(), "_ENV", None)


def _manager() -> Any:
    module = sys.modules.get("dbt.adapters.duckdb.connections")
    return getattr(module, "DuckDBConnectionManager", None)
