"""The whole life of one command: dbt's own command line, in a process that was forked for it.

It has the client's terminal, directory, environment, umask and limits of signals, and is otherwise
what a shell would have started: what dbt prints, writes and returns is dbt's.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import resource_tracker
from typing import Any, NoReturn, Protocol

from tui.engine.process.forked import close_all_but
from tui.protocol.resident import send_answer

LARGEST_REPORT = 60_000
"""Bytes that a pipe takes without anybody who reads."""
_DEFAULT = ("SIGHUP", "SIGTERM", "SIGQUIT", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGWINCH")


class Origin(Protocol):
    """The process of the engine from which a command is forked."""

    program: str
    """The `dbt` that the command is taken for."""
    printed: bytes
    """What the imports had to say to a terminal."""
    learned: Callable[[], Mapping[str, Any]]
    """What the engine may remember of a command; called at its end, in its process."""


def be_command(
    request: Mapping[str, Any],
    streams: list[int],
    connection: socket.socket,
    told: int,
    origin: Origin,
) -> NoReturn:
    """What the forked child does from here to its end.

    Args:
        request: `arguments`, `directory`, `environment`, `umask` and `ignored` (signals).
        streams: what becomes its standard input, output and error.
        connection: to the client, which is told the exit code.
        told: a pipe to the engine, for what it may remember of this command.
        origin: what the engine's process says of itself.
    """
    code = 1
    try:
        os.setsid()
        _take_streams(streams, connection.fileno(), told)
        known = frozenset(sys.modules)
        _become_client(request, origin.program)
        send_answer(connection, {"began": os.getpid()})
        if origin.printed:
            os.write(2, origin.printed)
        code = _run()
        _report(told, known, origin.learned)
        with suppress(OSError):
            send_answer(connection, {"exit": code})
    except BaseException:  # noqa: BLE001 - the edge of the process: it never returns to the engine
        traceback.print_exc()
    finally:
        os._exit(code)


def _take_streams(streams: list[int], *kept: int) -> None:
    """Put the client's streams in the place of 0, 1 and 2, and let go of what is the engine's."""
    signal.set_wakeup_fd(-1)
    for fd, given in enumerate(streams):
        os.dup2(given, fd)
    # A tracker that is the engine's would outlive this command and end with the engine.
    resource_tracker._resource_tracker = resource_tracker.ResourceTracker()
    resource_tracker.ensure_running = resource_tracker._resource_tracker.ensure_running
    resource_tracker.register = resource_tracker._resource_tracker.register
    resource_tracker.unregister = resource_tracker._resource_tracker.unregister
    resource_tracker.getfd = resource_tracker._resource_tracker.getfd
    close_all_but(*kept)


def _become_client(request: Mapping[str, Any], program: str) -> None:
    """Take over what a process has of the shell that starts it."""
    os.chdir(request["directory"])
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    _take_signals(frozenset(request["ignored"]))
    sys.argv = [program, *request["arguments"]]
    main = types.ModuleType("__main__")
    main.__dict__.update({"__file__": program, "__package__": None, "__builtins__": __builtins__})
    sys.modules["__main__"] = main
    for fd, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = _text(fd, mode, f"<{name}>")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    gc.enable()


def _take_signals(ignored: frozenset[str]) -> None:
    for name in _DEFAULT:
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ignored:
        with suppress(AttributeError, OSError, ValueError):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _text(fd: int, mode: str, name: str) -> io.TextIOWrapper:
    """A standard stream as Python makes it at its start: encoding and errors as they were there."""
    was = {0: sys.__stdin__, 1: sys.__stdout__, 2: sys.__stderr__}[fd]
    assert was is not None
    raw = open(fd, mode + "b", -1, closefd=False)  # noqa: SIM115  lives as long as the process
    stream = io.TextIOWrapper(
        raw,
        encoding=was.encoding,
        errors=was.errors,
        newline=None if mode == "r" else "\n",
        line_buffering=mode == "w" and (fd == 2 or os.isatty(fd)),
        write_through=bool(os.environ.get("PYTHONUNBUFFERED")) and mode == "w",
    )
    stream.mode = mode  # type: ignore[misc]
    with suppress(AttributeError):
        raw.raw.name = name  # type: ignore[attr-defined]
    return stream


def _run() -> int:
    """Run dbt's command line as its script does, then what an interpreter does at its end."""
    from dbt.cli.main import cli

    code = 0
    try:
        cli()
    except SystemExit as error:
        code = _code_of(error.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        code = 130
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
        code = 1
    with suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined] # threads that go on are waited for
    _close_database()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = 120  # as the interpreter ends when its last words cannot be written
    return code


def _code_of(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)  # noqa: T201  as the interpreter does it
    return 1


def _close_database() -> None:
    """Close what DuckDB keeps open until its process ends, as the end of an interpreter does."""
    if "dbt.adapters.duckdb" not in sys.modules:
        return
    from tui.engine.fence.registry import DUCKDB

    if (duckdb := DUCKDB.use()) is not None:
        with suppress(Exception):
            duckdb.close()


def _report(told: int, known: frozenset[str], learned: Callable[[], Mapping[str, Any]]) -> None:
    """Tell the engine what it may have ready for the next command."""
    with suppress(Exception):
        modules = [name for name in sys.modules if name not in known and _is_installed(name)]
        report = json.dumps({"modules": modules, **learned()}).encode()
        if len(report) <= LARGEST_REPORT:
            os.write(told, report)


def _is_installed(name: str) -> bool:
    """Whether a module is one of an installed package, which another project would have too."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None) or ""
    return origin in ("built-in", "frozen") or origin.startswith(
        (sys.prefix + os.sep, sys.base_prefix + os.sep, os.path.dirname(os.__file__) + os.sep)
    )
