"""Who holds the file of a DuckDB database, found out without opening the database.

DuckDB locks its file with a lock of the system's (`fcntl`), exclusively where it may write. Asking
for such a lock tells who is in the way and takes nothing. It must not be asked in a process that
has the database open: closing the file would give its own lock back.
"""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK_INTERVAL = 0.1
"""Seconds between two looks whether the file is free."""
LONGEST_COMMAND = 80
"""Characters of a command line."""
UNKNOWN = -1
"""The process id of a holder that the system does not name: on another machine, in a container."""


@dataclass(frozen=True)
class Holder:
    """The process that holds a file."""

    path: str
    pid: int
    program: str = ""
    command: str = ""
    since: float = 0.0
    """When it was started, in seconds since the epoch; 0 where that is not known."""

    @property
    def words(self) -> str:
        """Who it is: program, process id, command, since when."""
        if self.pid <= 0:
            return "another process (of another machine or container)"
        told = [f"PID {self.pid}"]
        if self.command and self.command != self.program:
            told.append(self.command)
        if self.since:
            told.append(f"since {_moment(self.since)}")
        return f"{self.program or 'another process'} ({', '.join(told)})"

    @property
    def sentence(self) -> str:
        """That it holds the database, in a sentence without its full stop."""
        return f"The database {self.path} is in use by {self.words}"


def files_of(credentials: Any) -> list[str]:
    """The files that dbt will open to write on a DuckDB target; none for other databases."""
    if getattr(credentials, "type", "") != "duckdb" or getattr(credentials, "remote", None):
        return []
    found = [str(getattr(credentials, "path", None) or "")]
    for each in getattr(credentials, "attach", None) or ():
        kind = str(_stated(each, "type") or "duckdb").lower()
        if kind == "duckdb" and not _stated(each, "read_only"):
            found.append(str(_stated(each, "path") or ""))
    return [path for path in found if _is_file(path)]


def _stated(attached: Any, name: str) -> Any:
    """What an attached database says: dbt's object of it, or the mapping in profiles.yml."""
    if isinstance(attached, Mapping):
        return attached.get(name)
    return getattr(attached, name, None)


def _is_file(path: str) -> bool:
    return bool(path) and ":" not in path.partition("/")[0] and os.path.isfile(_expanded(path))


def _expanded(path: str) -> str:
    return os.path.expanduser(path)


def holder_of(paths: Iterable[str]) -> Holder | None:
    """The process that keeps one of these files from being written; None where there is none."""
    for path in paths:
        if pid := _locked_by(_expanded(path)):
            return described(path, pid)
    return None


def wait_until_free(
    paths: Iterable[str], seconds: float, on_wait: Callable[[Holder, float], None]
) -> Holder | None:
    """Wait until nobody holds these files.

    Args:
        paths: The files of the database.
        seconds: For how long at most.
        on_wait: Called with who holds them, and until when it is waited (in seconds since the
            epoch), before waiting for each holder.

    Returns:
        Who holds them still; None where they are free.
    """
    files = list(paths)
    until = time.time() + seconds
    deadline = time.monotonic() + seconds
    told = 0
    while (holder := holder_of(files)) is not None:
        if time.monotonic() >= deadline:
            return holder
        if holder.pid != told:
            told = holder.pid
            on_wait(holder, until)
        time.sleep(min(LOOK_INTERVAL, max(deadline - time.monotonic(), 0.0)))
    return None


def _locked_by(path: str) -> int:
    """The process that has a lock on a file, UNKNOWN if it is not named; 0 where there is none."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return 0
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return 0  # what is wrong with it, dbt says
    try:
        asked = fcntl.fcntl(fd, fcntl.F_GETLK, _as_flock(fcntl.F_WRLCK))
    except OSError:
        return 0
    finally:
        os.close(fd)
    kind, pid = _of_flock(asked)
    if kind == fcntl.F_UNLCK:
        return 0
    return pid if pid > 0 else UNKNOWN


_IS_LINUX = sys.platform.startswith("linux")
_LAYOUT = "@hhqqi4x" if _IS_LINUX else "@qqihh"
"""The system's `struct flock`: elsewhere as macOS and the BSDs have it."""


def _as_flock(kind: int) -> bytes:
    """A lock on a whole file."""
    values = (kind, os.SEEK_SET, 0, 0, 0) if _IS_LINUX else (0, 0, 0, kind, os.SEEK_SET)
    return struct.pack(_LAYOUT, *values)


def _of_flock(told: bytes) -> tuple[int, int]:
    """Kind and process of a lock."""
    values = struct.unpack(_LAYOUT, told)
    return (values[0], values[4]) if _IS_LINUX else (values[3], values[2])


# ---------------------------------------------------------------- the process


def described(path: str, pid: int) -> Holder:
    """The process that holds a file, as far as the system tells about it."""
    if pid <= 0:
        return Holder(path, pid)
    words = _command_line(pid)
    program, command = in_short(words)
    return Holder(path, pid, program, command, _started(pid))


def in_short(words: list[str]) -> tuple[str, str]:
    """The program of a command line, and the line itself, both as a person would type them.

    `/usr/bin/python3 /venv/bin/dbt build` is dbt, and `dbt build`.
    """
    if not words:
        return "", ""
    names = [os.path.basename(words[0]), *words[1:]]
    is_script = names[0].startswith("python") and len(names) > 1 and not names[1].startswith("-")
    if is_script:
        script = os.path.basename(names[1])
        if not script.endswith(".py"):  # a command that was installed
            names = names[1:]
        names[0 if len(names) < len(words) else 1] = script
    command = " ".join(map(_quoted, names))
    if len(command) > LONGEST_COMMAND:
        command = f"{command[: LONGEST_COMMAND - 1]}…"
    return names[0], " ".join(command.split())


def _quoted(word: str) -> str:
    """A word of a command line as a person would type it: with the quotes that it does not have."""
    if "'" not in word:
        return shlex.quote(word)
    return '"' + word.replace('"', '\\"') + '"'


def _command_line(pid: int) -> list[str]:
    try:
        told = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return shlex.split(_ps(pid, "command="), posix=False)
    return [word.decode("utf-8", "replace") for word in told.rstrip(b"\0").split(b"\0")]


def _started(pid: int) -> float:
    """When a process was started, in seconds since the epoch; 0 where that is not known."""
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        for line in Path("/proc/stat").read_text("ascii").splitlines():
            if line.startswith("btime "):
                ticks = os.sysconf("SC_CLK_TCK")
                return float(line.split()[1]) + int(fields[19]) / ticks
    with suppress(ValueError):
        return time.mktime(time.strptime(_ps(pid, "lstart="), "%a %b %d %H:%M:%S %Y"))
    return 0.0


def _ps(pid: int, what: str) -> str:
    try:
        return subprocess.run(
            ["ps", "-o", what, "-p", str(pid)], capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C"},
        ).stdout.strip()  # fmt: skip
    except OSError:
        return ""


def _moment(at: float) -> str:
    then, now = time.localtime(at), time.localtime()
    same_day = then[:3] == now[:3]
    return time.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M", then)
