"""The manifest of dbt's partial parse file, read before it is asked for.

Each invocation of dbt makes the manifest anew of the bytes of that file: seconds at some thousand
models. The same bytes give the same manifest, so a process that was forked from one that has read
them takes that one's. Everything else is dbt's: whether the file fits, which files have changed
since, and what is parsed again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest
from dbt.mp_context import get_mp_context
from dbt.parser.manifest import ManifestLoader, extended_mashumuro_decoder


class FilesChanged(Exception):
    """A rehearsal would parse something."""


class _Memory:
    """What this process remembers."""

    def __init__(self) -> None:
        self.data = b""
        self.manifest: Any = None
        self.last_path = ""
        self.is_rehearsal = False


_memory = _Memory()
_read = Manifest.from_msgpack.__func__
_read_file = ManifestLoader.read_manifest_for_partial_parse
_update = ManifestLoader.safe_update_project_parser_files_partially


def remember(path: str) -> None:
    """Read a partial parse file for the processes that are forked from this one. Raises OSError,
    and whatever dbt does where it is none.
    """
    with open(path, "rb") as file:
        data = file.read()
    _memory.manifest = _read(Manifest, data, decoder=extended_mashumuro_decoder)
    _memory.data = data


def last_path() -> str:
    """The partial parse file that this process looked for last; empty where it has not."""
    return _memory.last_path


@contextmanager
def rehearsal() -> Iterator[None]:
    """Inside, nothing is parsed (FilesChanged is raised instead), and what is remembered stays."""
    _memory.is_rehearsal = True
    try:
        yield
    finally:
        _memory.is_rehearsal = False


def apply() -> None:
    """From here on, this process and its children take the manifest that is remembered."""
    Manifest.from_msgpack = classmethod(_from_msgpack)
    ManifestLoader.read_manifest_for_partial_parse = _noted
    ManifestLoader.safe_update_project_parser_files_partially = _guarded


def _from_msgpack(cls: type, data: Any, *args: Any, **options: Any) -> Any:
    known = _memory.manifest
    if known is None or data != _memory.data:
        return _read(cls, data, *args, **options)
    if not _memory.is_rehearsal:
        _memory.manifest = None  # whoever has it changes it
    # One of multiprocessing is shared with every forked child.
    known._lock = get_mp_context().Lock()
    return known


def _noted(loader: Any) -> Any:
    found = _read_file(loader)
    try:
        from dbt.flags import get_flags

        path = get_flags().PARTIAL_PARSE_FILE_PATH or os.path.join(
            loader.root_project.project_target_path, PARTIAL_PARSE_FILE_NAME
        )
        if not _memory.is_rehearsal:
            _memory.last_path = os.path.abspath(path)
    except AttributeError:
        pass
    return found


def _guarded(loader: Any, files: Any) -> Any:
    if _memory.is_rehearsal and loader.saved_manifest is None:
        raise FilesChanged
    found = _update(loader, files)
    if _memory.is_rehearsal and not loader.skip_parsing:
        raise FilesChanged
    return found
