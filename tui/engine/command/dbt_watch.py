"""Watches a dbt command while a run reads its log, and ends what would never end by itself: one
that is stuck, and one that does not end although it was asked to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from threading import Event, Thread

from tui.engine.command.stall_watch import TURN, StallWatch
from tui.engine.execution.events import EventLog
from tui.engine.execution.stall import stalled_words
from tui.protocol.processes import group_members, is_stopped

ENDS_WITHIN = 10.0
"""Seconds in which a dbt that is ended does end."""
GIVEN_UP = 30.0
"""Seconds after which a dbt that was asked to cancel is killed."""
KILLED = "killed"
"""The message of a run whose queries nobody has cancelled."""


def interrupt_all() -> None:
    """SIGINT for all that the command has started, as a terminal's ctrl-c is. What is stopped is
    continued, or it would never hear of it.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(0, signal.SIGINT)
        os.killpg(0, signal.SIGCONT)


class DbtWatch:
    """Watches one invocation, from a thread of its own."""

    def __init__(self, dbt: subprocess.Popen[bytes], stall: StallWatch, log: EventLog) -> None:
        self.stalled = ""
        """Why dbt was ended, where it was stuck."""
        self.message = ""
        """What is to be said of a run that was cancelled."""
        self._dbt, self._stall, self._log = dbt, stall, log
        self._is_over = Event()
        self._was_stopped = False
        self._has_said = False

    def __enter__(self) -> DbtWatch:
        Thread(target=self._watch, name="dbt watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()

    def _watch(self) -> None:
        cancelled = 0.0
        while not self._is_over.wait(TURN):
            if self._log.cancelling:
                cancelled = cancelled or time.monotonic()
                if time.monotonic() - cancelled > GIVEN_UP:
                    self.message = KILLED
                    return self._kill()
            elif left := self._stall.stuck():
                self.stalled = stalled_words(left)
                return self._end()
            else:
                self._say_that_it_is_stopped()
        return None

    def _end(self) -> None:
        """End dbt and what it has started; to this process the signals are nothing."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(0, signal.SIGTERM)
            os.killpg(0, signal.SIGCONT)
        if not self._is_over.wait(ENDS_WITHIN):
            self._kill()

    def _kill(self) -> None:
        """Kill all but this process. A `uv run dbt` has the dbt that matters below itself, and
        whoever is left keeps its output open, which is read to its end.
        """
        self._dbt.kill()
        for pid in group_members(os.getpgid(0)) - {os.getpid()}:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _say_that_it_is_stopped(self) -> None:
        """A stopped process looks as one that works without end. Said once, when it is so twice."""
        others = group_members(os.getpgid(0)) - {os.getpid()} if not self._has_said else set()
        stopped = sorted(filter(is_stopped, others))
        if stopped and self._was_stopped:
            self._has_said = True
            pid = stopped[0]
            words = f"dbt (process {pid}) is stopped: `kill -CONT {pid}` continues it."
            self._log.say("warn", words)
        self._was_stopped = bool(stopped)
