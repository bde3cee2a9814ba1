"""A Python that has imported dbt already, which tests start engines and dbt commands with.

dbt's import costs two seconds of a processor, and the tests start hundreds of engines and of dbt's
commands. So one process of each session (of all its workers) imports dbt once, and everything that
is asked of it is done by a fork of it. `warm_python()` is the path of a program that stands in for
the real Python: what it is asked to do runs in a process that has its standard streams, its other
descriptors, its environment and its working directory; signals and the end are handed on. What the
server does not know (any other program, an environment that changes how a Python starts) runs in
the real Python.

Looked at from outside (`ps`, /proc), such a process has the command line and the environment that
it was asked for with. What is not the same: the id of the process, and its parent. A test that
looks at those, at what is imported when, or at the first second of a start, takes `DBT_PYTHON`.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import hashlib
import marshal
import os
import shlex
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from tests.dbt_python import DBT_PYTHON, QUIET, ROOT
from tests.projects import DEMO, copy_project

HERE = Path(__file__).parent
LIKE_AN_ENGINE = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
}
"""What the environment of an engine says to its Python."""
ROOM = 8192
"""So many bytes of the server's command line, and of its environment, are room for those of what is
forked from it, which are shown there."""
BOOTSTRAP = ROOT / "tui" / "engine" / "process" / "bootstrap.py"


@functools.cache
def warm_python() -> str:
    """The path of the stand-in; its server starts at the session's first call, and ends with it."""
    return str(_started().program)


@functools.cache
def parsed_demo() -> Path:
    """The demo project as it lies after its first `dbt parse`; not to be written to."""
    started = _started()
    assert started.held.recv(64) == b"ready", "the server of the warm Python ended"
    return started.demo


class _Started(NamedTuple):
    program: Path
    demo: Path
    held: socket.socket
    """Open as long as this process may use it. Says when it is ready."""


@functools.cache
def _started() -> _Started:
    with locked_directory("python") as directory:
        place, program = directory / "socket", directory / "python"
        demo = _copied_demo(directory)
        if not program.exists():
            _start(place, demo)
            words = [DBT_PYTHON, "-ISE", str(HERE / "stand_in.py"), DBT_PYTHON, str(place)]
            program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
            program.chmod(0o755)
        held = held_connection(place, first=True)
    atexit.register(held.close)
    return _Started(program, demo, held)


def held_connection(place: Path, *, first: bool) -> socket.socket:
    """A connection to a server; the `first` of a process only has the server live as long."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(place))
    if first:
        nothing = marshal.dumps(None)
        connection.sendall(struct.pack("I", len(nothing)) + nothing)
    return connection


@contextmanager
def locked_directory(kind: str) -> Iterator[Path]:
    """The directory of a server of this kind, the same for all workers of a session; one at a time
    is here.

    A server that ends takes the directory along, under the same lock.
    """
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    name = f"dbtree-warm-{kind}-{os.getuid()}-{session[:16]}"
    directory = Path(tempfile.gettempdir(), name)
    while (lock := _lock(directory)) is None:
        pass
    with lock:
        yield directory


def _lock(directory: Path) -> IO[str] | None:
    """The lock of a directory, which is made; None where a server has just taken it along."""
    directory.mkdir(mode=0o700, exist_ok=True)
    path = directory / "lock"
    with suppress(FileNotFoundError):
        lock = path.open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists() and path.stat().st_ino == os.fstat(lock.fileno()).st_ino:
            return lock
        lock.close()
    return None


def _start(place: Path, demo: Path) -> None:
    """Start a server; it listens when this returns."""
    subprocess.run(
        [DBT_PYTHON, str(HERE / "server.py"), str(place), str(BOOTSTRAP), str(demo), " " * ROOM],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **QUIET, **LIKE_AN_ENGINE, "DBTREE_TEST_ROOM": "." * ROOM},
        check=True,
    )


def _copied_demo(otherwise: Path) -> Path:
    """A copy of the demo that all sessions with this dbt share, so that it is parsed once."""
    packages = sorted(Path(DBT_PYTHON).parents[1].glob("lib/python*/site-packages/dbt_*-info"))
    cache = os.environ.get("XDG_CACHE_HOME")
    if not packages or not cache:
        return copy_project(DEMO, otherwise / "shop")
    place = Path(cache, "demo")
    place.mkdir(parents=True, exist_ok=True)
    copy = copy_project(DEMO, Path(tempfile.mkdtemp(dir=place)) / "shop")
    digest = hashlib.sha256("".join(map(str, packages)).encode())
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(copy)).encode() + path.read_bytes())
    demo = place / digest.hexdigest()[:16]
    with suppress(OSError):  # it is there
        copy.rename(demo)
    shutil.rmtree(copy.parent)
    return demo
