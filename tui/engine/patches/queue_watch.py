"""Lets dbt's queue wait in short turns, and ends the run when it is stuck (see `stall`)."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

from dbt.exceptions import DbtRuntimeError

from tui.engine.execution.stall import PATIENCE, TURN, Activity, stalled_words


class QueueStalled(DbtRuntimeError):
    """Nodes are left in the queue and nothing runs."""

    def __str__(self) -> str:
        return str(self.msg)  # the sentence alone, without the kind of the error


def watch_queue(
    job_queue: Any,
    activity: Activity,
    on_stall: Callable[[str], None],
    patience: float = PATIENCE,
) -> None:
    """Let this queue of dbt's wait in turns, and raise QueueStalled when it is stuck.

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
