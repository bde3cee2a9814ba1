"""A DuckDB file opened while dbt reads its options and its configuration.

dbt opens it for its first statement. DuckDB takes tens of milliseconds for it in which it needs
nothing of Python: here a thread has dbt's own environment open it, which dbt then finds open. Only
a plain file that is there is opened so: no extension is loaded, nothing is attached, no plugin is
called before dbt has begun.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Any

PLAIN = (
    "attach",
    "extensions",
    "filesystems",
    "flights",
    "is_motherduck",
    "module_paths",
    "plugins",
    "remote",
    "retries",
    "secrets",
)
"""What is set in a profile that asks for more than a file. Some dbt-duckdb have not all of them."""

_opening: list[threading.Thread] = []
"""Those that were started in this process."""


def open_ahead(credentials: Any) -> None:
    """Begin to open the database of these credentials, if it is a plain file.

    What goes wrong is not said: dbt tries again, and says it.
    """
    manager = getattr(
        sys.modules.get("dbt.adapters.duckdb.connections"), "DuckDBConnectionManager", None
    )
    if credentials.type == "duckdb" and manager is not None and _is_plain_file(credentials):
        thread = threading.Thread(target=_open, args=(manager, credentials), daemon=True)
        _opening.append(thread)
        thread.start()


def wait() -> None:
    """Wait until that is over: nothing that was opened is left open behind who closes it."""
    while _opening:
        _opening.pop().join()


def _is_plain_file(credentials: Any) -> bool:
    if any(getattr(credentials, name, None) for name in PLAIN):
        return False
    with suppress(OSError, TypeError, ValueError):
        return os.path.getsize(credentials.path) > 0
    return False


def _open(manager: Any, credentials: Any) -> None:
    from dbt.adapters.duckdb import environments

    with suppress(Exception), manager._LOCK:
        if manager._ENV is None:
            manager._ENV = environments.create(credentials)
            environment = manager._ENV
            with environment.lock:
                environment.conn = environment.initialize_db(credentials, environment._plugins)
