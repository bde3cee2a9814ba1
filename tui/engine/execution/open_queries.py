"""The queries that the threads of this process have a database work on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def cancel_queries(adapter: Any) -> None:
    """Let an adapter cancel what the other threads of this process have the database do.

    Whatever the driver says to it is of no use: what still runs is cancelled the next time, or ends
    with the process.
    """
    with suppress(Exception):
        if adapter.is_cancelable():
            with adapter.connection_named("dbtree_cancel"):
                adapter.cancel_open_connections()
