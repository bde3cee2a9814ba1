"""The files of an open project as they are on the disk at one moment, to be compared later.

A file is taken for unchanged where its stamp is the same: modification and change time, size and
inode. What was changed right before the look has no stamp to be trusted: it counts as changed, and
whoever parses it compares its content.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.parser.read_files import get_file_types_for_project

Stamp = tuple[int, int, int, int]
RECENT = 2_000_000_000
"""Nanoseconds: no file system that is in use counts time more coarsely."""
CONFIGURATION = (
    "dbt_project.yml", "packages.yml", "dependencies.yml", "package-lock.yml", "profiles.yml",
    "selectors.yml", "vars.yml", ".dbtignore", ".env",
)  # fmt: skip
"""Files of a project's root that dbt reads only when it starts."""


@dataclass(frozen=True)
class Places:
    """Where dbt reads the files of a project."""

    directories: tuple[str, ...]
    """In which it looks for files, absolute."""
    configuration: tuple[str, ...]
    """Files and directories of packages: where one is changed, all is opened anew."""


@dataclass(frozen=True)
class FileStamps:
    """All of them at one moment."""

    files: Mapping[str, Stamp | None]
    """By path; None where a stamp says nothing."""
    configuration: Mapping[str, Any]

    def changed(self, later: FileStamps) -> set[str]:
        """The paths that may hold something else, are new or are gone."""
        before, after = self.files, later.files
        found = {path for path, stamp in before.items() if stamp is None or path not in after}
        found.update(
            path for path, stamp in after.items() if stamp is None or before.get(path) != stamp
        )
        return found


def places_of(loaded: Any) -> Places:
    """Where dbt reads a project that is a LoadedProject, its packages and dbt's own."""
    projects = loaded.config.load_dependencies()
    directories: set[str] = set()
    configuration = {os.path.join(loaded.flags.PROFILES_DIR, "profiles.yml")}
    configuration.add(os.path.join(loaded.state_dir, "digest.key"))
    configuration.add(os.path.join(loaded.root, loaded.config.packages_install_path))
    for project in projects.values():
        root = str(project.project_root)
        below = [place for kind in get_file_types_for_project(project).values()
                 for place in kind["paths"]]  # fmt: skip
        below += getattr(project, "osi_paths", ())
        directories.update(os.path.normpath(os.path.join(root, place)) for place in below)
        configuration.update(os.path.join(root, name) for name in CONFIGURATION)
    # A directory inside another one is looked at with that one.
    outer = [one for one in directories if not any(str(above) in directories
             for above in Path(one).parents)]  # fmt: skip
    return Places(tuple(sorted(outer)), tuple(sorted(configuration)))


def is_settled(places: Places, since: float) -> bool:
    """Whether what dbt reads when it starts was not changed from a while before `since` on, in
    seconds since the epoch.
    """
    newest = 0.0
    for path in places.configuration:
        with suppress(OSError):
            found = os.stat(path)
            newest = max(newest, found.st_mtime, found.st_ctime)
    return newest < since - RECENT / 1e9


def look(places: Places) -> FileStamps:
    """The stamps of now. Some milliseconds for a thousand files."""
    since = time.time_ns() - RECENT
    files: dict[str, Stamp | None] = {}
    for directory in places.directories:
        for path, stamp in _below(directory):
            files[path] = stamp if max(stamp[:2]) < since else None
    return FileStamps(files, {path: _content(path) for path in places.configuration})


def _below(directory: str) -> Iterator[tuple[str, Stamp]]:
    waiting = [directory]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                # As dbt does it: a link to a file is read, one to a directory is not followed.
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif not entry.is_dir() and (stamp := _stamp(entry)):
                    yield entry.path, stamp


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        found = entry.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _content(path: str) -> Any:
    """The bytes of a file, the names in a directory; None where there is neither."""
    with suppress(OSError):
        if os.path.isdir(path):
            return _names(os.listdir(path))
        with open(path, "rb") as file:
            return file.read()
    return None


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.startswith(".")))
