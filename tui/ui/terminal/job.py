"""Job control: the process stops for the shell that it was started from, until that says `fg`; a
process that is the first of its session takes its terminal.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import termios
from types import FrameType


def stop_until_continued(terminal: int) -> bool:
    """Stop the whole job, a wrapper around the program too, until it is in front again.

    Called in the main thread, with the terminal as the shell expects it.

    Args:
        terminal: the descriptor of the terminal that the job belongs to.

    Returns:
        False where it was not stopped: no shell is there that could continue it, as in a tmux
        window of its own. The system then stops nobody.
    """
    continued = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal continued
        continued = True

    on_continue = signal.signal(signal.SIGCONT, note)
    on_stop = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        while True:
            continued = False
            os.kill(0, signal.SIGTSTP)
            if not continued:
                return False
            if is_in_front(terminal):
                return True
    finally:
        signal.signal(signal.SIGTSTP, on_stop)
        signal.signal(signal.SIGCONT, on_continue)


def is_in_front(terminal: int) -> bool:
    """Whether the terminal is this job's to read and write: not after `bg`."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # it is gone
        return True


def take_terminal() -> None:
    """Make stdin the terminal that this session belongs to, and ends with, if it has none yet."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
