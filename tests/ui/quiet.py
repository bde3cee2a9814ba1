"""When a screen under test has nothing left to do.

Textual's own `wait_for_idle` watches how busy the processor is: slow on an idle machine, and wrong
on a busy one, where a process that gets no time looks idle. This asks the event loop instead.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from textual.message_pump import MessagePump
from textual.pilot import Pilot

SOON = 0.05
"""Seconds: what a clock or a thread brings within them is waited for. Several frames."""
LOOK_AGAIN = 0.002
"""Seconds after which it is looked whether a thread has ended."""
PATIENCE = 30.0
"""Seconds after which a screen that is never at rest is taken as it is."""


async def nothing_to_do(min_sleep: float = 0.0, max_sleep: float = PATIENCE) -> None:
    """Wait until every task waits for a later clock or a process; called as Textual's own."""
    loop: Any = asyncio.get_running_loop()
    if min_sleep:
        await asyncio.sleep(min_sleep)
    await _queue_is_empty(loop)
    until = loop.time() + SOON
    while (wait := _next(loop, until)) is not None:
        await asyncio.sleep(wait)
        await _queue_is_empty(loop)


_wait_for_all = Pilot._wait_for_screen


async def wait_for_screen(pilot: Pilot[Any], timeout: float = PATIENCE) -> bool:
    """Wait until the app and each widget of its screen have handled what they were sent; called as
    Textual's own, which sends each of them a message, several times a key.
    """
    await _queue_is_empty(asyncio.get_running_loop())
    app: Any = pilot.app
    if app._exception_event.is_set() or not app.screen_stack:
        return False
    if all(map(_waits_for_a_message, (app, *app.screen.walk_children(with_self=True)))):
        return True
    return await _wait_for_all(pilot, timeout)


def _waits_for_a_message(pump: MessagePump) -> bool:
    """Whether it has none to handle, and is not in the midst of handling one."""
    queue: Any = pump._message_queue
    return pump._pending_message is None and queue.empty() and bool(queue.ready_event._waiters)


def _next(loop: Any, until: float) -> float | None:
    """Seconds until something happens that is to be waited for; None when nothing will."""
    now = loop.time()
    if now >= until:
        return None
    times = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
    if _threads_work(loop):
        times.append(now + LOOK_AGAIN)
    first = min(times, default=until)
    return max(0.0, first - now) if first < until else None


def _threads_work(loop: Any) -> bool:
    """Whether a thread of the loop has something to do."""
    executor = loop._default_executor
    if executor is None:
        return False
    return executor._work_queue.qsize() > 0 or executor._idle_semaphore._value < len(
        executor._threads
    )


async def _queue_is_empty(loop: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        await asyncio.sleep(0)
        if not loop._ready:
            return
