"""Signals to the window: what ends it from outside, and how.

Each is heard even while the app waits for something: the handler only notes it, sets the deadline,
and lets the loop do the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

ENDING = (signal.SIGHUP, signal.SIGTERM)
"""The terminal was closed; somebody ends the program."""
BY_SIGNAL = 128
"""What a shell adds to the number of the signal that ended a program, for its exit code."""


def exit_code_of(number: int) -> int:
    """The exit code of a program that a signal ended."""
    return BY_SIGNAL + number


def handle_signals(on_end: Callable[[int], None], on_interrupt: Callable[[], None]) -> None:
    """Hear signals from now on; called in the main thread, with a running loop.

    Args:
        on_end: is called with the signal, in the midst of whatever the main thread does.
        on_interrupt: is called by the loop for SIGINT.
    """
    loop = asyncio.get_running_loop()
    for number in ENDING:
        signal.signal(number, lambda number, _: on_end(number))

    def interrupt(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(on_interrupt)

    signal.signal(signal.SIGINT, interrupt)
