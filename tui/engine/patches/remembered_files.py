"""The files of the project, read once: a file with the stamp that it had then holds what it held.

dbt reads each of its files in each command, to compare the checksum, and walks each directory once
for each kind of file. Here a command looks at each file's stamp: modification and change time, size
and inode. What was changed right before it was read has none that could be trusted, and is read.
"""

from __future__ import annotations

import fnmatch
import os
import re
import time
from typing import Any

import dbt.parser.read_files as dbt_read_files
import dbt.parser.search as dbt_search
from dbt.parser.read_files import ReadFilesFromFileSystem

Stamp = tuple[int, int, int, int]
RECENT = 2_000_000_000
"""Nanoseconds: no file system that is in use counts time more coarsely."""
LARGEST = 256 * 1024
"""Characters of a file that are remembered."""

_find = dbt_search.find_matching
_load = dbt_read_files.load_file_contents
_read_files = ReadFilesFromFileSystem.read_files
_texts: dict[str, tuple[Stamp, str]] = {}


class _Look:
    """One look of dbt's at its files."""

    walks: dict[str, list[tuple[str, list[str]]]] | None = None
    """The directories that were walked in it; None while there is none."""


def apply() -> None:
    """From here on, this process and its children look for files so."""
    if "DBT_RECORDER_MODE" in os.environ:
        return  # what dbt calls is recorded
    dbt_search.find_matching = _find_quickly
    dbt_read_files.load_file_contents = _load_quickly
    ReadFilesFromFileSystem.read_files = _read_at_once


def _read_at_once(reader: Any) -> None:
    _Look.walks = {}
    try:
        _read_files(reader)
    finally:
        _Look.walks = None


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
