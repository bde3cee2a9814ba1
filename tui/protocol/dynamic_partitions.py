"""The keys of dynamic partitions, as they are kept: added and deleted while a project is open.

One JSON file for each target, `<state directory>/partitions/<target>.json`: the name of a
definition → its keys. Runs, sensors, windows and commands write it, one at a time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tui.protocol.private_files import make_private_directory, private, write_private

Stamp = tuple[int, int, int]
_read: dict[str, tuple[Stamp, dict[str, list[str]]]] = {}
"""By path, what was read last, and of which file."""


def keys_path(state_dir: Path | str, target: str) -> Path:
    """Where the keys of a target are."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", target) or "target"
    return Path(state_dir) / "partitions" / f"{name}.json"


def stamp_of(path: Path | str) -> Stamp | None:
    """What tells whether the file is another one than before; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def all_keys(path: Path | str) -> Mapping[str, list[str]]:
    """The keys of all definitions, each in the order in which they were added; read anew only when
    the file is another one. What cannot be read has none.
    """
    stamp = stamp_of(path)
    if stamp is None:
        return {}
    known = _read.get(str(path))
    if known is None or known[0] != stamp:
        known = (stamp, _load(path))
        _read[str(path)] = known
    return known[1]


def add_keys(path: Path | str, name: str, keys: Iterable[str]) -> list[str]:
    """Add keys to a definition; those that are new. Raises OSError."""
    with _writing(Path(path)) as known:
        there = known.setdefault(name, [])
        new = [key for key in dict.fromkeys(keys) if key not in there]
        there += new
    return new


def delete_keys(path: Path | str, name: str, keys: Iterable[str]) -> list[str]:
    """Delete keys of a definition; those that were there. Raises OSError."""
    gone = set(keys)
    with _writing(Path(path)) as known:
        there = known.get(name, [])
        found = [key for key in there if key in gone]
        known[name] = [key for key in there if key not in gone]
    return found


def _load(path: Path | str) -> dict[str, list[str]]:
    try:
        found = json.loads(Path(path).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): list(map(str, keys)) for name, keys in found.items()}


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[dict[str, list[str]]]:
    """What is kept, to be changed: written when the block ends well, by nobody else meanwhile."""
    make_private_directory(path.parent)
    fd = private(str(path.with_suffix(".lock")), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        with contextlib.suppress(ImportError):  # Windows has no such locks
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX)
        known = _load(path)
        before = json.dumps(known)
        yield known
        if json.dumps(known) != before:
            write_private(path, json.dumps(known, ensure_ascii=False, indent=1))
    finally:
        os.close(fd)
