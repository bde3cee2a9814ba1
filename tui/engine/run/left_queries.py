"""What a cancelled run may have left behind: queries that a server still works on.

A query ends with the process only where the database lives in it. Of a server, dbt's adapter says
which connections it cancelled, and some adapters cannot cancel any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from tui.engine.process.secrets import is_single_writer

NAMED = 5
"""Nodes that a sentence names; of more it gives the number."""


def left_words(credentials: Any, running: Iterable[str], cancelled: Collection[str]) -> str:
    """A sentence about the nodes whose queries may still run; empty where there are none.

    Args:
        credentials: Of the target.
        running: unique_ids of nodes that had begun and not ended when the run was cancelled.
        cancelled: Names of the connections that the adapter cancelled, as dbt says them.
    """
    if is_single_writer(credentials):
        return ""
    left = sorted(key.split(".")[2] for key in set(running) - set(cancelled))
    if not left:
        return ""
    names = ", ".join(left[:NAMED]) + (
        f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    )
    return f"{names} may still run in the database: dbt could not cancel it there."
