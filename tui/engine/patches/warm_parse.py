"""A parse that starts from the manifest in memory and looks at the changed files only.

It puts our reader of files and of differences in the place of dbt's, for one parse.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import dbt.parser.manifest as dbt_manifest
from dbt.contracts.files import SchemaSourceFile
from dbt.contracts.graph.manifest import Manifest

from tui.engine.parse.files import FileChanges, NewFiles
from tui.engine.parse.full_parse import NeedsFullParse
from tui.engine.parse.reparse_scope import WarmPartialParsing
from tui.engine.patches.mended_partial_parse import in_place


def as_read_from_disk(manifest: Manifest) -> None:
    """Forget what a partial parse file does not hold, and dbt makes again in every parse."""
    # Only a run needs it, and in a parse from nothing Jinja's `graph` is empty.
    manifest.flat_graph = {}
    # What was to be parsed of a YAML file the last time.
    for file in manifest.files.values():
        if isinstance(file, SchemaSourceFile):
            file.pp_dict = file.pp_test_index = None
    for name in vars(manifest):
        if name.endswith("_lookup") or name in ("_macros_by_name", "_macros_by_package"):
            setattr(manifest, name, None)


class _WarmFiles:
    """Stands in for dbt's ReadFilesFromDiff, with its arguments."""

    def __init__(self, *, saved_files: Any, file_diff: FileChanges, **_: Any) -> None:
        self._saved, self._changes = saved_files, file_diff
        self.files: NewFiles
        self.project_parser_files: dict[str, Any] = {}

    def read_files(self) -> None:
        self.files = NewFiles(self._saved, self._changes)
        if self.files.has_repeated_names():
            raise NeedsFullParse("a YAML file names two things the same")


@contextmanager
def parts_in_place(changes: FileChanges) -> Iterator[None]:
    """While something is done inside, dbt reads these changes, and compares nothing itself."""
    reader = dbt_manifest.ReadFilesFromDiff
    dbt_manifest.ReadFilesFromDiff = _WarmFiles
    try:
        with in_place(partial(WarmPartialParsing, changes)):
            yield
    finally:
        dbt_manifest.ReadFilesFromDiff = reader
