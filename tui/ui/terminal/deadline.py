"""Ends the process whatever hangs: a few seconds after the request it is gone.

A thread that nobody waits for ends the process where the app has not by then, and notes where each
thread stood. Behind it stands a clock of the interpreter's own, which needs no turn to run.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tui.protocol.private_files import private
from tui.ui.crash_report import FILE

SECONDS = 5.0
"""Seconds in which a window is closed, on a busy machine too."""
LAST = 2.0
"""Seconds behind the deadline after which the process ends without another word."""


class Deadline:
    """Ends the process at a moment, once it is set."""

    def __init__(self, state_dir: Path, before: Callable[[], None]) -> None:
        """Make one that is not set yet.

        Args:
            state_dir: where it is noted what hung.
            before: is called just before the process ends, by a thread of its own; it must wait
                for nothing.
        """
        self._state_dir = state_dir
        self._before = before
        self.is_set = False
        """Whether the process is going to end."""
        self._nowhere: IO[bytes] | None = None

    def set(self, code: int, seconds: float = SECONDS) -> None:
        """End the process in so many seconds with this exit code, unless it has ended by then."""
        if self.is_set:
            return
        self.is_set = True
        # The last clock cannot open a file when it is time, and most windows close in time.
        self._nowhere = open(os.devnull, "ab")  # noqa: SIM115 - until the process ends
        faulthandler.dump_traceback_later(seconds + LAST, exit=True, file=self._nowhere)
        threading.Thread(
            target=self._end, args=(code, seconds), name="deadline", daemon=True
        ).start()

    def _end(self, code: int, seconds: float) -> None:
        time.sleep(seconds)
        with (
            contextlib.suppress(OSError, ValueError),
            open(self._state_dir / FILE, "ab", opener=private) as log,
        ):
            now = time.strftime("%Y-%m-%d %H:%M:%S")
            log.write(f"{now}\nThe window did not close in time.\n".encode())
            log.flush()
            faulthandler.dump_traceback(log)
        try:
            self._before()
        finally:
            os._exit(code)
