"""Finds the engine that stays of a project, or starts it.

There is one for each project and key. The key is a digest of all because of which an engine could
be another process than a shell would start here: the Python and its packages, dbtree, directory,
environment, and what the system lets a process do.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import resource
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.project.engine_command import engine_command
from tui.project.project import Project
from tui.protocol.resident import (
    LOCK,
    LOG,
    SOCKET,
    WORKSPACES,
    NotPrivate,
    peer_user,
    socket_directory,
)

MODULE = "tui.engine.resident"
DOTENV_SINCE = (1, 12)
"""From this dbt-core on the project's `.env` is read as dbt is imported: by no fork of it."""
STARTING = 2.0
"""Seconds in which whoever starts an engine makes its socket."""
HARMLESS = frozenset(
    {
        "_", "COLUMNS", "COLORTERM", "LINES", "OLDPWD", "PS1", "PWD", "SHLVL", "TERM",
        "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERM_SESSION_ID", "WINDOWID", "XPC_SERVICE_NAME",
        "DBTREE_SHIM", "STY", "VTE_VERSION",
    }
)  # fmt: skip
HARMLESS_STARTS = ("TMUX", "SSH_", "GIT_", "VSCODE_", "ITERM_", "KITTY_", "WEZTERM_", "MAKE")
"""Variables that say where a command was typed: nothing reads them as it is imported, and each
command has its own environment whatever these are.
"""


@dataclass(frozen=True)
class Wanted:
    """The engine that a command needs."""

    root: Path
    """The project's directory."""
    python: Path
    """The interpreter of its dbt."""
    program: str
    """The `dbt` that the command is taken for."""
    version: str
    """That of dbtree."""
    keep: float
    """Seconds for which an engine that is started goes on after its last client."""
    environment: Mapping[str, str]
    """Of the command."""

    def key(self) -> str:
        """A digest of what makes it another engine."""
        told = {
            name: value
            for name, value in self.environment.items()
            if name not in HARMLESS and not name.startswith(HARMLESS_STARTS)
        }
        limits = [
            resource.getrlimit(getattr(resource, name))
            for name in sorted(dir(resource))
            if name.startswith("RLIMIT_")
        ]
        process = [os.getuid(), os.getgid(), sorted(os.getgroups()), os.nice(0), limits]
        if hasattr(os, "sched_getaffinity"):
            process.append(sorted(os.sched_getaffinity(0)))
        place = [str(self.root), str(self.python), self.program, self.version]
        stamps = _stamps(self.python, self.program)
        text = json.dumps([place, stamps, sorted(told.items()), process, _namespaces()])
        return _digest(text.encode("utf-8", "surrogatepass"))[:20]

    def base(self) -> str:
        """Its files without their endings. Raises NotPrivate and OSError."""
        return str(socket_directory(self.environment) / f"{_place(self.root)}-{self.key()}")


def may_be_alive(root: Path, environment: Mapping[str, str]) -> bool:
    """Whether some engine of a project has left a socket: a quick look, before the long one."""
    try:
        directory = socket_directory(environment)
        left = [path.name for path in directory.glob(f"*{WORKSPACES}")]
        return bool(left) and any(name.startswith(f"{_place(root)}-") for name in left)
    except (OSError, NotPrivate):
        return False


def _place(root: Path) -> str:
    """What the files of a project's engines begin with."""
    return _digest(os.fsencode(root))[:8]


def _digest(data: bytes) -> str:
    import hashlib  # takes longer than all else here, and the first frame does without it

    return hashlib.sha256(data).hexdigest()


def wanted_engine(project: Project, environment: Mapping[str, str]) -> Wanted:
    """The engine of a command that is typed here. Raises InterpreterError."""
    import tui

    return Wanted(
        project.root,
        project.interpreter.path,
        str(project.interpreter.path.parent / "dbt"),
        str(tui.__version__),
        project.settings.count("engine_keep") * 60.0,
        environment,
    )


def may_attach(project: Project) -> bool:
    """Whether an engine that stays can serve a project, and a fork of it is the same as a fresh
    process here. Raises InterpreterError.
    """
    interpreter = project.interpreter
    if interpreter.command or project.settings.count("engine_keep") <= 0:
        return False
    numbers = tuple(int(part) for part in re.findall(r"\d+", interpreter.dbt_version)[:2])
    if numbers >= DOTENV_SINCE:
        here = Path.cwd()
        places = {*here.parents, here, project.root, *project.root.parents}
        if any((at / ".env").exists() for at in places):
            return False
    return os.environ.get("DBTREE_FORK", "1") != "0"


def _stamps(python: Path, program: str) -> list[object]:
    """When interpreter and program were changed last, and what its packages are."""
    prefix = os.path.dirname(os.path.dirname(python))
    found: list[object] = []
    for path in (str(python), program, os.path.join(prefix, "pyvenv.cfg")):
        with contextlib.suppress(OSError):
            found.append([path, os.stat(path).st_mtime_ns])
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(os.path.join(prefix, "lib"))):
            found.append(_installed(os.path.join(prefix, "lib", name, "site-packages")))
    return found


def _installed(packages: str) -> list[tuple[str, int]]:
    """What a directory of packages holds, and when each distribution was installed.

    Its own time says less: it is another one as soon as Python writes `__pycache__` into it, which
    the first command of a new environment has it do.
    """
    with contextlib.suppress(OSError), os.scandir(packages) as entries:
        return sorted(
            (entry.name, entry.stat().st_mtime_ns if entry.name.endswith(".dist-info") else 0)
            for entry in entries
            if entry.name != "__pycache__"
        )
    return []


def _namespaces() -> list[str]:
    """The namespaces of this process: a container may share its files with another."""
    found = []
    for name in ("mnt", "net", "pid", "user", "ipc", "uts"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/ns/{name}"))
    with contextlib.suppress(OSError):
        root = os.stat("/")
        found.append(f"{root.st_dev}:{root.st_ino}")
    return found


def connect(base: str, door: str = SOCKET) -> socket.socket | None:
    """A connection to the engine of these files; None where there is none that is ours.

    `door`: the ending of the socket, SOCKET for commands of dbt or WORKSPACES.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(base + door)
        if peer_user(connection) == os.getuid():
            return connection
    except OSError:
        pass
    connection.close()
    return None


def connect_or_start(wanted: Wanted, door: str = SOCKET) -> socket.socket | None:
    """A connection to the engine, which is started where there is none; None where that cannot be
    done. Raises NotPrivate and OSError.
    """
    base = wanted.base()
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        if (found := connect(base, door)) is not None:
            return found
        try:
            lock = os.open(base + LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_ino == os.stat(base + LOCK).st_ino:
                _start(wanted, base, lock)
        except (OSError, ValueError):
            time.sleep(0.01)  # another command is about to start it
        finally:
            os.close(lock)
    return None


def _start(wanted: Wanted, base: str, lock: int) -> None:
    """Start an engine that has the socket and the lock of these files. Raises OSError."""
    with _listening(base + SOCKET) as listener, _listening(base + WORKSPACES) as workspaces:
        facts = {
            "root": str(wanted.root), "program": wanted.program, "base": base,
            "keep": wanted.keep, "version": wanted.version, "listener": listener.fileno(),
            "workspaces": workspaces.fileno(), "lock": lock,
        }  # fmt: skip
        log = os.open(base + LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            subprocess.Popen(
                engine_command(wanted.python, MODULE, json.dumps(facts)),
                cwd="/",
                env={**wanted.environment, "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(), workspaces.fileno(), lock),
                start_new_session=True,
            ).returncode = 0  # it outlives this process
        finally:
            os.close(log)


def _listening(path: str) -> socket.socket:
    """A socket at a path, for this user alone. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # of one that was killed
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    return listener
