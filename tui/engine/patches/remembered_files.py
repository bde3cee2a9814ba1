"""The files of the project, read once: a file with the stamp that it had then holds what it held.

dbt reads each of its files in each command, to compare the checksum, and walks each directory once
for each kind of file. Here a command looks at each file's stamp: modification and change time, size
and inode. What was changed right before it was read has none that could be trusted, and is read.

Where all files of all projects have the stamps of a rehearsal, what dbt made of them then is taken
as a whole, and so is that none of them has changed.
"""

from __future__ import annotations

import fnmatch
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dbt.parser.read_files as dbt_read_files
import dbt.parser.search as dbt_search
from dbt.parser.partial import PartialParsing
from dbt.parser.read_files import ReadFilesFromFileSystem, get_file_types_for_project

from tui.engine.parse.file_stamps import FileStamps, Places, look

Stamp = tuple[int, int, int, int]
RECENT = 2_000_000_000
"""Nanoseconds: no file system that is in use counts time more coarsely."""
LARGEST = 256 * 1024
"""Characters of a file that are remembered."""

_find = dbt_search.find_matching
_load = dbt_read_files.load_file_contents
_read_files = ReadFilesFromFileSystem.read_files
_compare = PartialParsing.build_file_diff
_find_variables = PartialParsing.build_env_vars_to_files
_texts: dict[str, tuple[Stamp, str]] = {}


class _Look:
    """One look of dbt's at its files."""

    walks: dict[str, list[tuple[str, list[str]]]] | None = None
    """The directories that were walked in it; None while there is none."""


class _Whole:
    """All that dbt has read in a rehearsal."""

    def __init__(self, reader: Any, kinds: Any, places: Places, stamps: FileStamps) -> None:
        self.kinds, self.places, self.stamps = kinds, places, stamps
        self.saved, self.files, self.parser_files = (
            reader.saved_files, reader.files, reader.project_parser_files,
        )  # fmt: skip
        """The files of the manifest that it was compared with; by id; and by parser."""

    def is_current(self, kinds: Any, saved: Any) -> bool:
        """Whether a process that has forked from this one would read the same."""
        if saved is not self.saved or kinds != self.kinds:
            return False
        now = look(self.places)
        return now.configuration == self.stamps.configuration and not self.stamps.changed(now)


class _Memory:
    """What this process remembers."""

    rehearsed: _Whole | None = None
    unchanged: _Whole | None = None
    """The same, once this command has found that all of it is as it was."""
    is_rehearsal = False
    is_unchanged = False
    """Whether dbt has found in the rehearsal that nothing has changed."""


@contextmanager
def rehearsal() -> Iterator[None]:
    """What is read inside is remembered as a whole, where dbt finds that none of it has changed."""
    _Memory.rehearsed, _Memory.is_rehearsal, _Memory.is_unchanged = None, True, False
    try:
        yield
    finally:
        _Memory.is_rehearsal = False
        if not _Memory.is_unchanged:
            _Memory.rehearsed = None


def apply() -> None:
    """From here on, this process and its children look for files so."""
    if "DBT_RECORDER_MODE" in os.environ:
        return  # what dbt calls is recorded
    dbt_search.find_matching = _find_quickly
    dbt_read_files.load_file_contents = _load_quickly
    ReadFilesFromFileSystem.read_files = _read_at_once
    PartialParsing.build_file_diff = _compared
    PartialParsing.build_env_vars_to_files = _found_variables


def _read_at_once(reader: Any) -> None:
    kinds, places = _reading_of(reader)
    rehearsed, _Memory.rehearsed = _Memory.rehearsed, None  # whoever has it may change it
    if rehearsed is not None and rehearsed.is_current(kinds, reader.saved_files):
        reader.files.update(rehearsed.files)
        reader.project_parser_files.update(rehearsed.parser_files)
        _Memory.unchanged = rehearsed
        return
    stamps = look(places) if _Memory.is_rehearsal else None
    _Look.walks = {}
    try:
        _read_files(reader)
    finally:
        _Look.walks = None
    if stamps is not None:
        _Memory.rehearsed = _Whole(reader, kinds, places, stamps)


def _reading_of(reader: Any) -> tuple[Any, Places]:
    """What dbt looks for of each kind in each project, and where that is."""
    kinds = [
        (name, str(project.project_root), get_file_types_for_project(project))
        for name, project in reader.all_projects.items()
    ]
    directories = {
        os.path.normpath(os.path.join(root, place))
        for _, root, found in kinds
        for kind in found.values()
        for place in kind["paths"]
    }
    ignored = tuple(os.path.join(root, ".dbtignore") for _, root, _ in kinds)
    return kinds, Places(tuple(sorted(directories)), ignored)


def _compared(parsing: Any) -> None:
    """Nothing has changed where all files are as they were when nothing had."""
    known = _Memory.unchanged
    variables = parsing.env_vars_changed_source_files or parsing.env_vars_changed_schema_files
    if (
        known is None
        or variables
        or known.saved is not parsing.saved_files
        or known.files.keys() != parsing.new_files.keys()
    ):
        _compare(parsing)
        _Memory.is_unchanged = parsing.skip_parsing()
        return
    saved, new = parsing.saved_files, parsing.new_files
    parsing.saved_files, parsing.new_files = {}, {}
    try:
        _compare(parsing)  # says what it has found
    finally:
        parsing.saved_files, parsing.new_files = saved, new
    parsing.file_diff["unchanged"] = list(new)


def _found_variables(parsing: Any) -> Any:
    """What depends on variables of the environment; nothing, where none is read."""
    return _find_variables(parsing) if parsing.saved_manifest.env_vars else ([], {})


def _find_quickly(
    root_path: str, relative_paths: list[str], file_pattern: str, ignore_spec: Any = None
) -> list[dict[str, Any]]:
    """What dbt's `find_matching` finds, in the same order."""
    root = os.path.normpath(root_path)
    places = [os.path.join(root, relative) for relative in relative_paths]
    if ignore_spec or any(os.path.normpath(place) != place for place in places):
        found: list[dict[str, Any]] = _find(root_path, relative_paths, file_pattern, ignore_spec)
        return found
    is_matching = re.compile(fnmatch.translate(file_pattern), re.IGNORECASE).match
    return [
        {
            "searched_path": relative,
            "absolute_path": f"{directory}/{name}",
            "relative_path": f"{directory}/{name}"[len(place) + 1 :],
            "modification_time": os.stat(f"{directory}/{name}").st_mtime,
        }
        for relative, place in zip(relative_paths, places, strict=True)
        for directory, names in _walk(place)
        for name in names
        if is_matching(name)
    ]


def _walk(place: str) -> list[tuple[str, list[str]]]:
    known = _Look.walks
    if known is not None and place in known:
        return known[place]
    found = [(directory, names) for directory, _, names in os.walk(place)]
    if known is not None:
        known[place] = found
    return found


def _load_quickly(path: str, strip: bool = True) -> str:
    """What dbt's `load_file_contents` returns."""
    found = os.stat(path)
    stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    known = _texts.get(path)
    if strip and known is not None and known[0] == stamp:
        return known[1]
    now = time.time_ns()
    text: str = _load(path, strip)
    if strip and len(text) <= LARGEST and max(stamp[:2]) < now - RECENT:
        _texts[path] = (stamp, text)
    return text
