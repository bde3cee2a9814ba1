"""The descriptors of an engine's process, claimed before anything can print to them."""

from __future__ import annotations

import os
import signal
import sys

from tui.engine.process.capture import Capture


def claimed(arguments: list[str]) -> tuple[int, int, Capture, int] | None:
    """Where requests come from and replies go to, what is printed, and the window's process.

    From here on nothing that dbt, an adapter or a macro prints can reach the two descriptors of the
    protocol: standard output and error are caught in files, standard input is empty.

    Args:
        arguments: of the process: READ_FD WRITE_FD [WINDOW_PID].

    Returns:
        None where the arguments are others, which is then said on stderr.
    """
    try:
        read_fd, write_fd, window = (int(word) for word in (*arguments, "0")[:3])
    except ValueError:
        print("usage: python -m tui.engine READ_FD WRITE_FD [WINDOW_PID]", file=sys.stderr)  # noqa: T201
        return None
    for fd in (read_fd, write_fd):
        os.set_inheritable(fd, False)
    # Ctrl-C in the terminal is for the UI; a run is cancelled by a signal of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return read_fd, write_fd, Capture(), window
