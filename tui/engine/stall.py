"""Notices that dbt's queue stands still: nodes wait, nothing runs, and nothing ever will.

dbt's `GraphQueue` waits without a limit for a node to become free or to be done. Where a node is
lost on the way (a thread died, a callback raised, the graph has a knot), that is for ever. The
waiting is done here in short turns instead; when nothing has run for a while, the run ends with a
sentence.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from dbt.exceptions import DbtRuntimeError

TURN = 0.5
"""Seconds between two looks."""
PATIENCE = 15.0
"""Seconds without a running node after which the queue counts as standing still. A node that was
handed out begins within milliseconds."""
NAMED = 5


class QueueStalled(DbtRuntimeError):
    """Nodes are left in the queue and nothing runs."""

    def __str__(self) -> str:
        return str(self.msg)  # the sentence alone, without the kind of the error


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


def watch_queue(
    job_queue: Any,
    activity: Activity,
    on_stall: Callable[[str], None],
    patience: float = PATIENCE,
) -> None:
    """Let this queue of dbt's wait in turns, and raise QueueStalled when it stands still.

    Args:
        job_queue: dbt's `GraphQueue`. One that is built otherwise is left as it is.
        activity: what the threads are doing.
        on_stall: called with the sentence, before QueueStalled is raised.
        patience: seconds without a running node.
    """
    inner = getattr(job_queue, "inner", None)
    parts = ("graph", "lock", "some_task_done")
    if not isinstance(inner, queue.Queue) or not all(hasattr(job_queue, it) for it in parts):
        return
    plain_get = job_queue.get
    began = time.monotonic()

    def look() -> None:
        if min(activity.idle_for(), time.monotonic() - began) < patience:
            return
        with job_queue.lock:
            left = sorted(job_queue.graph.nodes())
            is_free = not inner.empty()
        if not is_free:
            words = stalled_words(left)
            on_stall(words)
            raise QueueStalled(words)

    def get(block: bool = True, timeout: float | None = None) -> Any:
        if not block or timeout is not None:
            return plain_get(block, timeout)
        while True:
            try:
                return plain_get(True, TURN)
            except queue.Empty:
                look()

    def join() -> None:
        while True:
            with inner.all_tasks_done:
                if not inner.unfinished_tasks or (
                    inner.all_tasks_done.wait(TURN) and not inner.unfinished_tasks
                ):
                    return
            look()

    def wait_until_something_was_done() -> int:
        while True:
            with job_queue.lock:
                # What was done before the wait began wakes nobody.
                if not inner.unfinished_tasks or job_queue.some_task_done.wait(TURN):
                    return int(inner.unfinished_tasks)
            look()

    job_queue.get, job_queue.join = get, join
    job_queue.wait_until_something_was_done = wait_until_something_was_done


def stalled_words(left: list[str]) -> str:
    """That the queue stands still, in a sentence."""
    names = ", ".join(left[:NAMED]) + (
        f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    )
    nodes = "1 node" if len(left) == 1 else f"{len(left)} nodes"
    return f"dbt's queue stands still: {nodes} left, and nothing runs ({names})."
