"""Where the files of an open project are on the disk, and in which state they are.

What an engine said of its directories becomes `Places`: what to watch in depth and what only at
its surface. Stamps and digests tell what really changed when the system reports that something
did.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from tui.project.dotenv import reader_of
from tui.project.project import PACKAGES, Project
from tui.protocol.messages import EngineReady
from tui.protocol.plain import plain
from tui.watch.filters import IGNORED_ANYWHERE, RESTART, is_parsed, is_within

DBT_DIRECTORIES = (
    "models", "seeds", "snapshots", "tests", "macros", "analyses", "functions", "data", "analysis",
)  # fmt: skip
"""Where dbt reads by default: watched until the engine says better."""
REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "vboxsf", "fuse.sshfs", "drvfs", "afs"}
)
"""File systems that report no change made on another machine."""

Stamp = tuple[int, int, int]
"""Time of change in nanoseconds, size in bytes, inode."""


@plain(frozen=True)
class Places:
    """What to watch, as it is on the disk at one moment."""

    root: Path
    deep: tuple[tuple[str, str, int], ...]
    """Directories in which dbt reads: real path, path relative to the root, inode."""
    surfaces: tuple[str, ...]
    """Directories of which only what lies directly in them counts."""
    directories: tuple[str, ...]
    """All directories in which dbt reads, also those that do not exist, relative to the root."""
    restart_files: tuple[Path, ...]
    package_dirs: tuple[Path, ...]
    """Where packages are installed."""
    target_path: str = "target"

    def relative(self, path: str) -> str | None:
        """A reported path as dbt knows it, or None where it cannot be dbt's."""
        for real, prefix, _ in self.deep:
            if path == real:
                return prefix
            if path.startswith(real + os.sep):
                inside = path[len(real) + 1 :].replace(os.sep, "/")
                return inside if prefix == "." else f"{prefix}/{inside}"
        if path.startswith(f"{self.root}{os.sep}"):
            inside = os.path.relpath(path, self.root).replace(os.sep, "/")
            if any(is_within(inside, one) for one in self.directories):
                return inside
        return None

    def is_parsed(self, path: str) -> bool:
        """Whether dbt parses this file, given relative to the root."""
        return is_parsed(path, self.directories, self.target_path)

    def is_landmark(self, path: str) -> bool:
        """Whether a path at a surface can change what is watched, or ask for a restart."""
        return path in self._landmarks or os.path.dirname(path) in self._package_dirs

    @cached_property
    def _landmarks(self) -> frozenset[str]:
        marks = {str(path) for path in (*self.restart_files, *self.package_dirs)}
        for path in (*(self.root / one for one in self.directories), *self.restart_files):
            above = (at for at in (path, *path.parents) if not self.root.is_relative_to(at))
            marks.update(str(at) for at in above)
        return frozenset(marks | {os.path.realpath(mark) for mark in marks})

    @cached_property
    def _package_dirs(self) -> frozenset[str]:
        return frozenset(str(path) for path in self.package_dirs)


def places_of(project: Project, facts: EngineReady | None) -> Places:
    """Where to watch, by what the engine said or, before it did, by dbt's defaults."""
    root = project.root
    stated = facts.watched if facts else DBT_DIRECTORIES
    directories = tuple(os.path.normpath(one).replace(os.sep, "/") for one in stated)
    deep: list[tuple[str, str, int]] = []
    surfaces = {str(root)}
    for directory in sorted(set(directories), key=lambda one: (len(one), one)):
        if any(is_within(directory, prefix) for _, prefix, _ in deep):
            continue
        real = os.path.realpath(root / directory)
        if os.path.isdir(real):
            deep.append((real, directory, os.stat(real).st_ino))
        surfaces.add(_nearest((root / directory).parent))
    package_dirs = {root / name for name in PACKAGES}
    if facts:
        package_dirs |= {(root / path).parent for path in facts.packages.values()}
    surfaces |= {str(path) for path in package_dirs if path.is_dir()}
    profiles = profiles_file(project, facts)
    surfaces.add(_nearest(profiles.parent))
    reads_dotenv = facts is None or reader_of(project.dotenv, facts.dbt_version)
    restart = [name for name in RESTART if name != ".env" or reads_dotenv]
    restart_files = dict.fromkeys((*(root / name for name in restart), profiles))
    # Such a file may be a link, as in a home directory that is under version control.
    links = (Path(os.path.realpath(path)) for path in restart_files if path.is_symlink())
    surfaces |= {_nearest(path.parent) for path in links}
    return Places(
        root=root,
        deep=tuple(deep),
        surfaces=tuple(sorted(surfaces)),
        directories=directories,
        restart_files=tuple(restart_files),
        package_dirs=tuple(sorted(package_dirs)),
        target_path=facts.target_path if facts else "target",
    )


def profiles_file(project: Project, facts: EngineReady | None) -> Path:
    """The profiles.yml that counts: where the engine found it, else where dbt would look."""
    named = project.profiles_dir or os.environ.get("DBT_PROFILES_DIR")
    if facts and facts.profiles_dir:
        named = facts.profiles_dir
    if named:
        return Path(os.path.abspath(project.root / Path(named).expanduser())) / "profiles.yml"
    own = project.root / "profiles.yml"
    return own if own.is_file() else Path.home() / ".dbt" / "profiles.yml"


def stamps(places: Places) -> dict[str, Stamp]:
    """All files that dbt parses, relative to the root, with their stamps."""
    return {
        path: stamp
        for real, prefix, _ in places.deep
        for path, stamp in stamps_in(real, prefix, places)
    }


def stamps_in(directory: str, prefix: str, places: Places) -> Iterator[tuple[str, Stamp]]:
    """The files below one directory that dbt parses, relative to the root."""
    for at, below, names in os.walk(directory):
        below[:] = [name for name in below if name not in IGNORED_ANYWHERE]
        inside = os.path.relpath(at, directory).replace(os.sep, "/")
        base = "/".join(part for part in (prefix, inside) if part != ".")
        for name in names:
            relative = f"{base}/{name}" if base else name
            if places.is_parsed(relative) and (stamp := stamp_of(os.path.join(at, name))):
                yield relative, stamp


def stamp_of(path: str | Path) -> Stamp | None:
    """The stamp of a file, None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def restart_digests(places: Places) -> dict[str, str]:
    """What the files and package directories that dbt reads when it starts hold, by path."""
    found = {}
    for path in places.restart_files:
        with contextlib.suppress(OSError):
            found[str(path)] = blake2b(path.read_bytes(), digest_size=8).hexdigest()
    for path in places.package_dirs:
        with contextlib.suppress(OSError):
            names = sorted(name for name in os.listdir(path) if not name.startswith("."))
            if names:
                found[str(path)] = "/".join(names)
    return found


def git_is_busy(root: Path) -> bool:
    """Whether git is in the middle of a checkout, a merge or the like: it holds its lock then."""
    for directory in (root, *root.parents):
        git = directory / ".git"
        if git.is_dir():
            return (git / "index.lock").exists()
    return False


def is_remote(path: str) -> bool:
    """Whether a path lies on a file system that does not report changes made elsewhere."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    kind, longest = "", -1
    for line in mounts.splitlines():
        _, mount, this_kind, *_ = (*line.split(" "), "", "", "")
        if is_within(path, mount) and len(mount) >= longest:
            kind, longest = this_kind, len(mount)
    return kind in REMOTE


def _nearest(path: Path) -> str:
    """The directory itself, or the nearest one above it that exists."""
    return str(next(at for at in (path, *path.parents) if at.is_dir()))
