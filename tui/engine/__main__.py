"""`python -m tui.engine READ_FD WRITE_FD [WINDOW_PID]`: claim the file descriptors, then serve.

From here on nothing that dbt, an adapter or a macro prints can reach the two descriptors of the
protocol: standard output and error are caught in files, standard input is empty.
"""

from __future__ import annotations

import os
import signal
import sys

from tui.engine.process.capture import Capture


def main(arguments: list[str]) -> int:
    """Serve until the window is gone or says Shutdown. Returns the exit code."""
    try:
        read_fd, write_fd, window = (int(word) for word in (*arguments, "0")[:3])
    except ValueError:
        print("usage: python -m tui.engine READ_FD WRITE_FD [WINDOW_PID]", file=sys.stderr)  # noqa: T201
        return 2
    for fd in (read_fd, write_fd):
        os.set_inheritable(fd, False)
    # Ctrl-C in the terminal is for the UI; a run is cancelled by a signal of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    capture = Capture()

    from tui.engine.server.server import Server

    return Server(read_fd, write_fd, capture, window=window).serve()


if __name__ == "__main__":
    # Not sys.exit: nothing of dbt's or an adapter's is to be waited for at the end.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
