"""Which of an asset's files was written after a moment: of a run whose manifest.json is gone, what
was not written since is what that run has read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.engine.parse.warm_manifest import WarmProject


class NewerFiles:
    """The files of a project, seen from one moment."""

    def __init__(self, warm: WarmProject, since: float) -> None:
        """`since`: seconds since the epoch."""
        self._warm = warm
        self._root = Path(warm.loaded.root)
        self._since = since
        self._seen: dict[str, bool] = {}

    def first(self, unique_id: str, *, with_code: bool = True) -> str:
        """The first file that an asset is built from which was written since, relative to the
        project's root; empty where none was. What was removed or put back counts by its time only.

        Args:
            unique_id: The asset's.
            with_code: Whether the files of its code and its macros count, or those alone that
                configure it.
        """
        code = self._code_of(unique_id) if with_code else ()
        files = (*self._described_in(unique_id), *code)
        return next((path for path in files if self._is_newer(path)), "")

    def _code_of(self, unique_id: str) -> Iterator[str]:
        manifest, places = self._warm.manifest, self._warm.records.places
        yield places.path_of(manifest.nodes[unique_id])
        for key in self._warm.macro_digests(unique_id):
            used: Any = manifest.macros.get(key) or manifest.nodes.get(key)
            if used is not None:
                yield places.path_of(used)
                if key in manifest.nodes:
                    yield places.patch_path(used)

    def _described_in(self, unique_id: str) -> Iterator[str]:
        yield self._warm.records.places.patch_path(self._warm.manifest.nodes[unique_id])
        yield "dbt_project.yml"

    def _is_newer(self, path: str) -> bool:
        if not path:
            return False
        if path not in self._seen:
            try:
                self._seen[path] = os.stat(self._root / path).st_mtime >= self._since
            except OSError:
                self._seen[path] = True
        return self._seen[path]
