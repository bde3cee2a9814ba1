"""Files that only the user may read, whatever the umask says.

The state directory holds compiled SQL, values of variables and logs; what is allowed to run is
the user's own business, too.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

DIRECTORY, FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_directory(path: Path) -> None:
    """Make a directory, and what is missing above it, for the user alone. Raises OSError."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):
            one.mkdir(mode=DIRECTORY)


def write_private(path: Path, text: str) -> None:
    """Write a file for the user alone, whole or not at all. Raises OSError."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def close_to_others(path: Path) -> None:
    """Take away what others may do with a file or directory of the user's; links are left."""
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS:
            return
        os.chmod(path, stat.S_IMODE(found.st_mode) & ~OTHERS)
