"""Writes changes of files whole or not at all, and takes back the last one.

Each file is written only over the text that the change was made for; a change that fails midway is
taken back. What was written last can be taken back as long as nobody has changed its files since.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import ProjectError
from tui.refactoring.edits import Change, FileEdit
from tui.workspace.properties_proposal import read_text, replace_text

if TYPE_CHECKING:
    from tui.workspace.state import WorkspaceState

Stamp = tuple[int, int]


@dataclass(frozen=True)
class _Written:
    change: Change
    stamps: Mapping[str, Stamp]
    """Of the files that were only moved: how they are told from others."""
    folders: Sequence[Path]
    """Those that were made for it, the innermost last."""


class FileEdits:
    """The changes of this session."""

    def __init__(self, state: Callable[[], WorkspaceState]) -> None:
        self._state = state
        self._written: list[_Written] = []

    def write(self, change: Change) -> None:
        """Write all files of a change, so that it can be taken back.

        Raises ProjectError where the project is read-only, a file was changed meanwhile, or cannot
        be written; nothing is then written.
        """
        if self._state().project.readonly:
            raise ProjectError("The project is open read-only: nothing is written.")
        root = self._state().project.root
        folders = _missing_folders(root, change)
        apply(root, change)
        stamps = {
            edit.result: _stamp(root / edit.result)
            for edit in change.edits
            if edit.before is None and edit.after is None
        }
        self._written.append(_Written(change, stamps, folders))

    def undo(self) -> Change | None:
        """Take back what was written last; returns it, None where there is nothing.

        Raises ProjectError where one of its files was changed since.
        """
        if not self._written:
            return None
        last = self._written[-1]
        root = self._state().project.root
        for path, stamp in last.stamps.items():
            if not os.path.lexists(root / path) or _stamp(root / path) != stamp:
                raise ProjectError(f"{path} was changed since: nothing is taken back.")
        apply(root, last.change.inverse)
        self._written.pop()
        for folder in reversed(last.folders):
            with contextlib.suppress(OSError):  # something else is in it
                folder.rmdir()
        return last.change


def _missing_folders(root: Path, change: Change) -> list[Path]:
    """The folders that a change makes, the innermost last."""
    found: dict[Path, None] = {}
    for edit in change.edits:
        above = [one for one in (root / edit.result).parents if one.is_relative_to(root)]
        found.update(dict.fromkeys(one for one in reversed(above) if not one.exists()))
    return list(found)


def apply(root: Path, change: Change) -> None:
    """Do all edits of a change, or none. Raises ProjectError."""
    for edit in change.edits:
        _check(root, edit)
    done: list[FileEdit] = []
    try:
        for edit in change.edits:
            _do(root, edit)
            done.append(edit)
    except ProjectError:
        for edit in reversed(done):
            _do(root, edit.inverse)
        raise


def _check(root: Path, edit: FileEdit) -> None:
    """Raise ProjectError unless a file is as it was when the edit was made."""
    path = root / edit.path
    if edit.before is None and edit.after is None:
        if not path.is_file():
            raise ProjectError(f"{edit.path} is gone: nothing is written.")
    elif read_text(path) != edit.before:
        raise ProjectError(f"{edit.path} was changed meanwhile: nothing is written.")
    if edit.moved_to and is_taken(root, edit.path, edit.moved_to):
        raise ProjectError(f"{edit.moved_to} exists already: nothing is written.")


def is_taken(root: Path, path: str, target: str) -> bool:
    """Whether another file is where one is to go. The same one may be there by another name, where
    a file system does not tell capitals.
    """
    there = root / target
    if not os.path.lexists(there):
        return False
    return not (path.lower() == target.lower() and os.path.samefile(root / path, there))


def _do(root: Path, edit: FileEdit) -> None:
    path = root / edit.path
    if edit.moved_to:
        try:
            os.rename(path, root / edit.moved_to)
        except OSError as error:
            words = error.strerror or error
            raise ProjectError(f"{edit.path} cannot be moved: {words}") from None
        path = root / edit.moved_to
    if edit.before != edit.after:
        try:
            replace_text(path, edit.before, edit.after)
        except ProjectError:
            if edit.moved_to:
                os.rename(path, root / edit.path)
            raise


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
