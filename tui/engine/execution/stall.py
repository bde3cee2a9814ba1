"""Notices that dbt's queue is stuck: nodes wait, nothing runs, and nothing ever will.

dbt's `GraphQueue` waits without a limit for a node to become free or to be done. Where a node is
lost on the way (a thread died, a callback raised, the graph has a knot), that is for ever. The
waiting is done here in short turns instead; when nothing has run for a while, the run ends with a
sentence.
"""

from __future__ import annotations

import threading
import time

TURN = 0.5
"""Seconds between two looks."""
PATIENCE = 15.0
"""Seconds without a running node after which the queue counts as standing still. A node that was
handed out begins within milliseconds."""
NAMED = 5


class Activity:
    """How many nodes are worked on, and when that changed last. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._changed = time.monotonic()

    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *_: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        with self._lock:
            self._running += by
            self._changed = time.monotonic()

    def idle_for(self) -> float:
        """Seconds since the last node ended; 0 while one runs."""
        with self._lock:
            return 0.0 if self._running else time.monotonic() - self._changed


def stalled_words(left: list[str]) -> str:
    """The message that the queue is stuck."""
    names = ", ".join(left[:NAMED]) + (
        f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    )
    nodes = "1 node" if len(left) == 1 else f"{len(left)} nodes"
    return f"dbt's queue is stuck: {nodes} left, and nothing is running ({names})."
