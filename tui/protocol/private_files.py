"""Files that only the user may read, whatever the umask says.

The state directory holds compiled SQL, values of variables and logs. A directory that came with a
project may hold links in place of our files: nothing is written through one.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from tui.protocol.whole_files import replacement

DIRECTORY, FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO
STATE = (
    "baselines",
    "cache",
    "code.db",
    "column_lineage",
    "crash.log",
    "digest.key",
    "engine.log",
    "history",
    "interpreters.json",
    "invocations",
    "locks",
    "opening-frame",
    "partitions",
    "queries.json",
    "relations",
    "runs",
    "schedules.db",
    "session.json",
    "snapshot-",
    "warnings.json",
)
"""How the names of what is kept in a state directory begin."""


def make_private_directory(path: Path) -> None:
    """Make a directory, and what is missing above it, for the user alone. Raises OSError."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        if path == path.parent:
            break
        path = path.parent
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):
            one.mkdir(mode=DIRECTORY)


def private(path: str, flags: int) -> int:
    """Opens a file as `open(…, opener=private)`: a new one is the user's alone, no link is
    followed. Raises OSError.
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), FILE)


def touch_private(path: Path) -> None:
    """Make an empty file for the user alone where there is none. Raises OSError."""
    if not path.exists():
        os.close(private(str(path), os.O_WRONLY | os.O_CREAT))


def write_private(path: Path, text: str) -> None:
    """Write a file for the user alone, whole or not at all. Raises OSError."""
    with (
        replacement(path) as partial,
        open(partial, "x", encoding="utf-8", opener=private) as file,
    ):
        file.write(text)


def prepare_private_state(state_dir: Path) -> None:
    """Make a state directory that git ignores, or close one that is open to others: an older
    version made it. Raises OSError.

    In a directory of another name, which may hold other things too, only ours are closed.
    """
    if state_dir.is_dir():
        _close_state(state_dir)
    else:
        make_private_directory(state_dir)
    with (
        contextlib.suppress(FileExistsError),
        open(state_dir / ".gitignore", "x", encoding="utf-8", opener=private) as ignore,
    ):
        ignore.write("*\n")


def _close_state(state_dir: Path) -> None:
    if not _is_open(state_dir):
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(state_dir):
            path = state_dir / name
            if not name.startswith(STATE) or not _is_open(path):
                continue
            for at, _, files in os.walk(path) if path.is_dir() else ():
                for one in files:
                    _close(Path(at, one))
                _close(Path(at))
            _close(path)
    if state_dir.name == ".dbtree":
        _close(state_dir)


def _is_open(path: Path) -> bool:
    """Whether others may do anything with a file or directory; a link counts as closed."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return not stat.S_ISLNK(found.st_mode) and bool(found.st_mode & OTHERS)


def _close(path: Path) -> None:
    if _is_open(path):
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IMODE(os.lstat(path).st_mode) & ~OTHERS)
