"""dbtree started by a fork of a process that has imported it already.

Its import costs half a second of a processor for a window and a quarter for a command, and the
tests start hundreds of each. What is started so has a terminal, a session, streams, environment,
directory and command line as the real program would, and the id is its own: `start` gives what
`subprocess.Popen` would. Its parent is another one. What an environment changes at the start of a
Python or at the import of Textual, and what is to be seen of the start itself, needs the real
program: `can_be_forked` says of the former.
"""

from __future__ import annotations

import atexit
import functools
import marshal
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tests.warm_python import HERE, ROOM, held_connection, locked_directory, warm_python

PROGRAM = Path(sys.executable).with_name("dbtree")
LOCALE = "C.UTF-8"
"""That of the server, whose streams have its encoding."""
READ_AT_START = ("PYTHON", "TEXTUAL", "LD_", "DBTREE_TEXTUAL")
"""How the variables begin that a Python, or what is imported, reads only once."""
WITH_SERVER = {"PYTHONWARNINGS": "ignore"}
"""Those of them that a fork obeys."""


def can_be_forked(environment: Mapping[str, str]) -> bool:
    """Whether a program with this environment does as a fork what the real one does: one of a user
    with the warm engines, and nothing that only a start reads.
    """
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)),
        LOCALE,
    )
    return (
        environment.get("DBTREE_DBT_PYTHON") == warm_python()
        and locale == LOCALE
        and not any(
            name.startswith(READ_AT_START) and WITH_SERVER.get(name) != value
            for name, value in environment.items()
        )
    )


class Forked:
    """A dbtree that was forked, used as a `subprocess.Popen`."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        (self.pid,) = struct.unpack("i", told.recv(4))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None while it goes on."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            status = self._told.recv(4)
            assert len(status) == 4, "the server of the warm dbtree ended"
            self.returncode = os.waitstatus_to_exitcode(struct.unpack("i", status)[0])
            self._told.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended. Raises TimeoutExpired after `timeout` seconds."""
        if self.returncode is None:
            select.select([self._told], [], [], timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired("dbtree", timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, where it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def start(
    arguments: Sequence[str],
    streams: tuple[int, int, int],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    has_terminal: bool = False,
) -> Forked:
    """Start `dbtree` with these arguments.

    Args:
        arguments: what stands after the name.
        streams: the descriptors of stdin, stdout and stderr.
        cwd: the working directory.
        environment: all of it.
        has_terminal: whether stdin is to become its controlling terminal.
    """
    umask = os.umask(0)
    os.umask(umask)
    variables = {os.fsencode(name): os.fsencode(value) for name, value in environment.items()}
    words = [str(PROGRAM), *arguments]
    request = marshal.dumps((words, variables, os.fsencode(cwd), umask, has_terminal))
    told = held_connection(_place(), first=False)
    socket.send_fds(told, [struct.pack("I", len(request))], list(streams))
    told.sendall(request)
    return Forked(told)


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run `dbtree` without a terminal until it ends; a fork where that is as good.

    Raises:
        subprocess.TimeoutExpired: after `timeout` seconds; it is killed then.
    """
    words = [str(PROGRAM), *arguments]
    if not can_be_forked(environment):
        return subprocess.run(
            words,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    pipes = [os.pipe() for _ in range(2)]
    with open(os.devnull, "rb") as nothing:
        (out, err) = (write for _, write in pipes)
        process = start(arguments, (nothing.fileno(), out, err), cwd=cwd, environment=environment)
    for _, write in pipes:
        os.close(write)
    files = [os.fdopen(read, "rb") for read, _ in pipes]
    try:
        said = _read_all(files, time.monotonic() + timeout)
        code = process.wait(timeout) if said is not None else None
    finally:
        process.kill()
        process.wait()
        for file in files:
            file.close()
    if said is None or code is None:
        raise subprocess.TimeoutExpired(words, timeout)
    stdout, stderr = (text.decode().replace("\r\n", "\n").replace("\r", "\n") for text in said)
    return subprocess.CompletedProcess(words, code, stdout, stderr)


def _read_all(files: Sequence[IO[bytes]], deadline: float) -> list[bytes] | None:
    """What is read from each until its end; None when that takes until the deadline."""
    said = [b"" for _ in files]
    left = set(range(len(files)))
    while left:
        wait = max(0.0, deadline - time.monotonic())
        ready = select.select([files[one] for one in left], [], [], wait)[0]
        if not ready:
            return None
        for one in [one for one in left if files[one] in ready]:
            data = os.read(files[one].fileno(), 65536)
            said[one] += data
            if not data:
                left.discard(one)
    return said


@functools.cache
def _place() -> Path:
    """The socket of the server, which starts at the session's first call, and ends with it."""
    with locked_directory("program") as directory:
        place = directory / "socket"
        if not place.exists():
            subprocess.run(
                [sys.executable, str(HERE / "program_server.py"), str(place), " " * ROOM],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment_of_server(),
                check=True,
            )
        held: Any = held_connection(place, first=True)
    atexit.register(held.close)
    return place


def _environment_of_server() -> dict[str, str]:
    left_out = (*READ_AT_START, "LC_", "DBTREE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "LANG": LOCALE, "DBTREE_TEST_ROOM": "." * ROOM}
