"""A change of several files as one value: a diff to look at, and what takes it back. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FileEdit:
    """What becomes of one file.

    A file without text before and after is only moved, whatever is in it.
    """

    path: str
    """Relative to the project's root: where it is, or will be if it is new."""
    before: str | None = None
    """Its text with its own line ends; None where there is no file."""
    after: str | None = None
    """Its new text; None where the file goes."""
    moved_to: str = ""
    """Its new path; empty where it stays."""

    @property
    def result(self) -> str:
        """Where it is afterwards."""
        return self.moved_to or self.path

    @property
    def is_new(self) -> bool:
        """Whether there is no such file before."""
        return self.before is None and self.after is not None

    @property
    def inverse(self) -> FileEdit:
        """What takes it back."""
        back = self.path if self.moved_to else ""
        return FileEdit(self.result, self.after, self.before, back)

    def diff(self) -> Iterator[str]:
        """The lines of its unified diff."""
        before, after = f"a/{self.path}", f"b/{self.result}"
        if self.moved_to:
            yield f"rename {self.path} → {self.moved_to}"
        if self.before == self.after:
            return
        yield from difflib.unified_diff(
            (self.before or "").splitlines(),
            (self.after or "").splitlines(),
            before if self.before is not None else "/dev/null",
            after if self.after is not None else "/dev/null",
            lineterm="",
        )


@dataclass(frozen=True)
class Place:
    """A line that is not changed, and why."""

    path: str
    line: int
    """Counted from 1."""
    why: str
    text: str = ""
    """The line, without the blanks around it."""

    @property
    def words(self) -> str:
        """It in one line: `models/a.sql:3  the name is not a literal: {{ ref(x) }}`."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}  {self.why}" + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Change:
    """Edits of files that belong together."""

    title: str
    """What it does, for the notice and the sheet: `rename orders to sales`."""
    edits: Sequence[FileEdit]
    notes: Sequence[str] = ()
    """What is worth knowing of it, in sentences."""
    places: Sequence[Place] = ()
    """What may belong to it, and is left for a person to look at."""
    unique_id: str = ""
    """The asset (or check) that is there afterwards."""
    was: str = ""
    """What it is before, where it has another unique_id."""

    @property
    def inverse(self) -> Change:
        """What takes it back."""
        edits = [edit.inverse for edit in reversed(self.edits)]
        return Change(f"undo: {self.title}", edits)

    def diff(self) -> list[str]:
        """The lines of the unified diff of all files."""
        return [line for edit in self.edits for line in edit.diff()]


def line_of(text: str, place: int) -> int:
    """The line of a place in a text, counted from 1."""
    return text.count("\n", 0, place) + 1


def place_in(path: str, text: str, at: int, why: str) -> Place:
    """A place of a text, with its line."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Place(path, line_of(text, at), why, text[start : end if end >= 0 else None].strip())


@dataclass(frozen=True)
class Replacement:
    """A piece of a text, and what is to stand in its place."""

    start: int
    end: int
    text: str


def replaced(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with these pieces replaced; what overlaps an earlier one is left out."""
    found, last = [], 0
    for one in sorted(set(replacements), key=lambda each: (each.start, each.end)):
        if one.start < last:
            continue
        found += [text[last : one.start], one.text]
        last = one.end
    return "".join([*found, text[last:]])
