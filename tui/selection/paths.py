"""Paths of nodes for the `path:` method, which dbt looks up on the disk: here without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from tui.graph import AssetGraph
from tui.graph.derived_cache import derived


def original_path(path: str, package: str) -> str:
    """The path within its own package: dbt's `original_file_path`."""
    parts = path.split("/")
    if len(parts) > 2 and (parts[0] == "dbt_packages" or parts[1] == package):
        return "/".join(parts[2:])
    return path


@derived
def existing_paths(graph: AssetGraph) -> frozenset[str]:
    """Files and directories that surely are in the root project: those of its nodes."""
    found: set[str] = set()
    files = {asset.path for asset in graph.assets.values()}
    files.update(asset.patch_path for asset in graph.assets.values() if asset.patch_path)
    files.update(check.path for check in graph.checks.values())
    found.update(files)
    for directory in {file[: file.rfind("/") + 1] for file in files}:
        path = PurePosixPath(directory)
        found.update(map(str, (path, *path.parents)))
    return frozenset(found)


@lru_cache(maxsize=32)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A glob as `Path.glob` reads it, to match a path with a slash behind each of its parts.

    `*` stays within one part, `**` is any number of parts; the root itself is the empty text.
    Classes of characters in brackets are not known here.
    """
    parts = (part for part in pattern.split("/") if part not in ("", "."))
    return re.compile("".join("(?:[^/]+/)*" if part == "**" else _part(part) for part in parts))


_SIGNS = {"*": "[^/]*", "?": "[^/]"}


def _part(part: str) -> str:
    pieces = re.split(r"([*?])", part)
    return "".join(_SIGNS.get(piece) or re.escape(piece) for piece in pieces) + "/"


def matching(pattern: str, path: str) -> Iterator[str]:
    """A path and its parents (`.` last), as far as the glob finds them."""
    found = glob_pattern(pattern).fullmatch
    at = len(path)
    while at > 0:
        if found(path[:at] + "/"):
            yield path[:at]
        at = path.rfind("/", 0, at)
    if found(""):
        yield "."
