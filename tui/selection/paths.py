"""Paths of nodes for the `path:` method, which dbt looks up on the disk: here without one."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

from tui.assets import AssetGraph


def original_path(path: str, package: str) -> str:
    """The path within its own package: dbt's `original_file_path`."""
    parts = path.split("/")
    if len(parts) > 2 and (parts[0] == "dbt_packages" or parts[1] == package):
        return "/".join(parts[2:])
    return path


@lru_cache(maxsize=2)
def existing_paths(graph: AssetGraph) -> frozenset[str]:
    """Files and directories that surely are in the root project: those of its nodes."""
    found: set[str] = set()
    files = {asset.path for asset in graph.assets.values()}
    files.update(asset.patch_path for asset in graph.assets.values() if asset.patch_path)
    files.update(check.path for check in graph.checks.values())
    for file in files:
        found.add(file)
        found.update(str(parent) for parent in PurePosixPath(file).parents)
    return frozenset(found)


def matches_glob(pattern: str, path: str) -> bool:
    """Whether `Path.glob` would find a path: `*` within one part, `**` any number of parts."""
    wanted = [part for part in pattern.split("/") if part not in ("", ".")]
    return _matches(wanted, [] if path == "." else path.split("/"))


def _matches(pattern: list[str], parts: list[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(pattern[1:], parts) or (bool(parts) and _matches(pattern, parts[1:]))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(pattern[1:], parts[1:])
