"""What a forked process takes over from its client: streams, place, environment, signals."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import time
import types
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import resource_tracker
from typing import Any

from tui.engine.process.forked import close_all_but

_DEFAULT = ("SIGHUP", "SIGTERM", "SIGQUIT", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGWINCH")


def take_streams(streams: list[int], *kept: int) -> None:
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


def become_client(request: Mapping[str, Any], program: str) -> None:
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
