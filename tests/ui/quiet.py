"""When a screen under test has nothing left to do.

Textual's own `wait_for_idle` watches how busy the processor is: slow on an idle machine, and wrong
on a busy one, where a process that gets no time looks idle. This asks the event loop instead.
"""

from __future__ import annotations

import asyncio
import time

MOMENT = 0.01
"""Seconds that are given to what waits for a clock or a thread: with the several waits after each
key, longer than a frame."""
PATIENCE = 30.0
"""Seconds after which a screen that is never at rest is taken as it is."""


async def nothing_to_do(min_sleep: float = 0.0, max_sleep: float = PATIENCE) -> None:
    """Wait until every task waits for a clock, a thread or a process; called as Textual's own."""
    await _queue_is_empty()
    await asyncio.sleep(max(min_sleep, MOMENT))
    await _queue_is_empty()


async def _queue_is_empty() -> None:
    deadline = time.monotonic() + PATIENCE
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    while time.monotonic() < deadline:
        await asyncio.sleep(0)
        if not ready:
            return
