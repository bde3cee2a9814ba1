"""`python -m tui.engine READ_FD WRITE_FD [WINDOW_PID]`: claim the file descriptors, then serve."""

from __future__ import annotations

import os
import sys

from tui.engine.process.descriptors import claimed


def main(arguments: list[str]) -> int:
    """Serve until the window is gone or says Shutdown. Returns the exit code."""
    place = claimed(arguments)
    if place is None:
        return 2
    read_fd, write_fd, capture, window = place

    from tui.engine.server.server import Server

    return Server(read_fd, write_fd, capture, window=window).serve()


if __name__ == "__main__":
    # Not sys.exit: nothing of dbt's or an adapter's is to be waited for at the end.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
