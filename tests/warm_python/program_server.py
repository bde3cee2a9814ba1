"""The process that has imported dbtree once and does each command in a child: see `program`.

    python program_server.py SOCKET ROOM

It goes into the background as soon as it listens, and ends with the last who holds a connection.
"""

import atexit
import fcntl
import gc
import importlib
import os
import sys
import termios
import threading
import traceback
from contextlib import suppress

import forks  # type: ignore[import-not-found]  # beside this file, which is started by its path

IMPORTED = (
    "tui.cli.main",
    "tui.cli.arguments",
    "tui.cli.headless",
    "tui.cli.commands.ls",
    "tui.cli.commands.materialize",
    "tui.cli.commands.runs",
    "tui.cli.backfill_arguments",
    "tui.cli.run_arguments",
    "tui.project.dbt_command",
    "tui.project.interpreter",
    "tui.runs.dbt_log",
    "tui.workspace.workspace",
    "tui.ui.terminal.opening_frame",
    "tui.ui.app",
    "tui.git.assets",
    "tui.schedules.service",
    "tui.watch.watcher",
    "anyio._backends._asyncio",
    "anyio.to_thread",
    "concurrent.futures.thread",
    "textual.drivers.linux_driver",
    "watchfiles",
)
"""What a window and the headless commands import, but for what each does last."""
ABOVE = 64
"""No stream has such a number."""


def become(request, descriptors):
    """Be what was asked for: its streams, environment and directory, its terminal if it has one."""
    words, environment, directory, umask, has_terminal = request
    forks.take_over(descriptors, [0, 1, 2], ABOVE)
    forks.live_in(words, environment, directory, umask)
    if has_terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    open_streams()


def open_streams():
    """The three streams as Python opens them at its start."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        of_server = getattr(sys, name)
        stream = open(  # noqa: SIM115
            number,
            "w" if number else "r",
            encoding=of_server.encoding,
            errors=of_server.errors,
            newline="\n",
            closefd=False,
        )
        if number == 2 or (number == 1 and stream.isatty()):
            stream.reconfigure(line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def do(words):
    """What the program `dbtree` does. Returns the exit code."""
    sys.argv = [*words]
    sys.path.insert(0, os.path.dirname(words[0]))
    try:
        from tui.cli.main import main

        sys.exit(main())
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001  the edge of the process
        traceback.print_exc()
    return 1


def end(code):
    """What a Python does at its end, before it takes itself apart."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):
        code = 120
    finally:
        os._exit(code)


def main():
    """Import dbtree, then serve."""
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != own]
    server = forks.Server(sys.argv[1], become, tells_ids=True)
    if os.fork():
        os._exit(0)  # that it listens is all that was waited for
    for name in IMPORTED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork has only one thread"
    gc.collect()
    gc.freeze()
    words = server.serve()
    if words is None:
        os._exit(0)
    code = 1
    with suppress(KeyboardInterrupt):
        code = do(words)
    end(code)


main()
