"""Notices that a dbt command is stuck: nodes wait, nothing runs, nothing is said, and nothing ever
will be. What `tui.engine.execution.stall` is for dbt-core in the engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from tui.engine.command.log_records import LogRecord

TURN = 1.0
"""Seconds between two looks."""
PATIENCE = 60.0
"""Seconds without a word and without a running node after which a command counts as stuck."""


class StallWatch:
    """What a command has left to do, by its log."""

    def __init__(self, nodes: Iterable[str]) -> None:
        """`nodes`: what the run builds and checks, as far as dbt tells its end."""
        self._left = dict.fromkeys(nodes)
        self._planned = frozenset(self._left)
        self._running: set[str] = set()
        self._has_begun = False
        self._heard = time.monotonic()

    def take(self, record: LogRecord) -> None:
        """Take in a line of its log."""
        self._heard = time.monotonic()
        key = record.unique_id
        if record.name == "NodeStart":
            self._running.add(key)
            # Before the first node dbt parses, fills its cache and runs hooks.
            self._has_begun = self._has_begun or key in self._planned
        elif record.name == "NodeFinished":
            self._running.discard(key)
            self._left.pop(key, None)

    def stuck(self) -> list[str]:
        """What is left of a command that is stuck; empty where it is not."""
        silent = time.monotonic() - self._heard > PATIENCE
        return list(self._left) if silent and self._has_begun and not self._running else []
