"""The window that this engine works for: whether it is still there.

It is gone when its end of the pipe is closed, or its process has ended (a copy of the pipe may be
held by somebody else). Between two requests the engine looks; while it works, a clock interrupts
it to look, so that a parse, a macro that never ends or a query does not outlive its window.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tui.engine.process.channel import Channel
from tui.protocol.messages import StartRun

LOOK_AGAIN = 2.0
"""Seconds between two looks."""


class Window:
    """The process that started this one, and the pipe from it."""

    def __init__(self, channel: Channel, pid: int) -> None:
        """The window at the other end of a channel; pid 0: only its pipe says that it is gone."""
        self._channel = channel
        self._pid = pid
        self._is_parent = pid == os.getppid()
        self._engine = os.getpid()
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(channel.read_fd, 0)  # 0: only that it is closed

    @property
    def is_gone(self) -> bool:
        """Whether nobody is left to work for."""
        if self._pid and not self._is_alive():
            return True
        return self._poll is not None and bool(self._poll.poll(0))

    def _is_alive(self) -> bool:
        if self._is_parent:
            return os.getppid() == self._pid
        # An interpreter may be a script that starts the real one, which is the parent then.
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work for the window, and end the process in the midst of it when the window is gone.

        Only for work of which nothing is lost then.
        """
        if not hasattr(signal, "setitimer"):
            yield
            return
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN, LOOK_AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _look(self, number: int, frame: FrameType | None) -> None:
        # A child of the engine has no clock, but may be sent the signal.
        if os.getpid() != self._engine or not self.is_gone:
            return
        if not self._channel.may_hold(StartRun):  # a run that was asked for goes on without it
            _end_with_children()


def _end_with_children() -> None:
    """End the engine and what it started for the window. Runs have sessions of their own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
