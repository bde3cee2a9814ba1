"""Where the definitions' manifest comes from: a file, its contents, or dbtree's own memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.host import host

Manifest = Mapping[str, Any]
ManifestParam = Mapping[str, Any] | str | os.PathLike[str]
"""A manifest's contents, or the path of its file."""

_read: dict[tuple[str, int], Manifest] = {}


def manifest_reader(manifest: ManifestParam) -> Callable[[], Manifest]:
    """What reads the manifest when it is first needed. Raises DefinitionError for anything else."""
    if isinstance(manifest, Mapping):
        contents = manifest
        return lambda: contents
    if not isinstance(manifest, str | os.PathLike):
        raise DefinitionError(f"manifest is a path or the contents of a file, not {manifest!r}.")
    path = Path(manifest)
    return lambda: _read_file(path)


def _read_file(path: Path) -> Manifest:
    """Read a file once as long as it stays the same."""
    try:
        key = (str(path), path.stat().st_mtime_ns)
    except OSError:
        key = (str(path), 0)
    if key not in _read:
        found = host().manifest(path)
        _read.clear()
        _read[key] = found
    return _read[key]
