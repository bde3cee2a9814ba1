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

import dbt.parser.manifest
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
        self.taken: Any = None
        """The manifest, once dbt has it."""
        self.unchanged: Any = None
        """The same, once dbt has found that no file has changed since."""
        self.count = 0
        self.has_external = True
        """Whether it has nodes of other projects."""
        self.is_checked = False
        """Whether dbt has checked it as a whole, and built what it makes of it."""
        self.skipped: Any = None
        """The same, once dbt has found that it has nothing to parse."""
        self.linkings = 2
        """How often dbt builds the maps of parents and children before a command begins."""
        self.last_path = ""
        self.is_rehearsal = False


_memory = _Memory()
_read_file = ManifestLoader.read_manifest_for_partial_parse
_update = ManifestLoader.safe_update_project_parser_files_partially
_inject = ManifestLoader.inject_external_nodes
_check = dbt.parser.manifest._check_resource_uniqueness
_build = Manifest.build_flat_graph
_link = Manifest.build_parent_and_child_maps
_find_external = Manifest.external_node_unique_ids.fget


def remember(path: str) -> Any:
    """Read a partial parse file for the processes that are forked from this one. The manifest.

    To be called before `apply`. Raises OSError, and whatever dbt does where it is none.
    """
    with open(path, "rb") as file:
        data = file.read()
    _memory.manifest = Manifest.from_msgpack(data, decoder=extended_mashumuro_decoder)
    _memory.data = data
    _memory.count = len(_memory.manifest.nodes)
    _memory.has_external = bool(_memory.manifest.external_node_unique_ids)
    return _memory.manifest


def note_checked() -> None:
    """A rehearsal has gone well: dbt has checked the manifest, and built what it makes of it."""
    _memory.is_checked = _memory.unchanged is _memory.manifest


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
        _memory.taken = _memory.skipped = None


def apply() -> None:
    """From here on, this process and its children take the manifest that is remembered."""
    # Not before it was called once: mashumaro puts the code that it makes then in its place.
    read = Manifest.from_msgpack
    Manifest.from_msgpack = lambda data, *args, **options: (
        _taken() if _is_known(data) else read(data, *args, **options)
    )
    ManifestLoader.read_manifest_for_partial_parse = _noted
    ManifestLoader.safe_update_project_parser_files_partially = _guarded
    ManifestLoader.inject_external_nodes = _watched
    Manifest.build_flat_graph = _built_once
    Manifest.build_parent_and_child_maps = _linked_once
    Manifest.external_node_unique_ids = property(_found_external)
    dbt.parser.manifest._check_resource_uniqueness = _checked_once


def _is_known(data: Any) -> bool:
    return _memory.manifest is not None and data == _memory.data


def _taken() -> Any:
    known = _memory.taken = _memory.manifest
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
    if loader.skip_parsing and loader.manifest is _memory.taken:
        _memory.skipped = loader.manifest
    return found


def _watched(loader: Any) -> bool:
    is_modified = bool(_inject(loader))
    if loader.skip_parsing and not is_modified and loader.manifest is _memory.taken:
        _memory.unchanged = loader.manifest
    return is_modified


def is_intact(manifest: Any) -> bool:
    """Whether a manifest is as it was remembered: dbt has found that no file has changed, and has
    as many nodes; until dbt compiles or runs one, nothing changes any of them.
    """
    return (
        manifest is _memory.unchanged
        and not _memory.is_rehearsal
        and len(manifest.nodes) == _memory.count
    )


def _is_ready(manifest: Any) -> bool:
    """Whether a rehearsal has done for this manifest what is about to be done."""
    return _memory.is_checked and is_intact(manifest)


def _built_once(manifest: Any) -> None:
    if not _is_ready(manifest):
        _build(manifest)


def _found_external(manifest: Any) -> Any:
    is_known = _memory.is_checked and manifest is _memory.skipped and not _memory.has_external
    if is_known and len(manifest.nodes) == _memory.count:
        return []
    return _find_external(manifest)


def _linked_once(manifest: Any) -> None:
    """A rehearsal has built both maps. dbt does it anew where nothing was parsed, and once more
    before it looks for deprecated models; after that, a command may have changed something.
    """
    is_ready = _memory.is_checked and manifest is _memory.skipped and _memory.linkings > 0
    if not is_ready or _memory.has_external or len(manifest.nodes) != _memory.count:
        _link(manifest)
        return
    _memory.linkings -= 1


def _checked_once(manifest: Any, config: Any) -> None:
    if not _is_ready(manifest):
        _check(manifest, config)
