"""A change of files as lines to look at: what is worth knowing, what is left, the diff. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from tui.refactoring.edits import Change
from tui.text.formats import plural
from tui.text.terminal_text import plain_line

LINE_STYLES = {"+": "added", "-": "removed", "@": "hunk", "r": "file"}
STYLE_NAMES = (*dict.fromkeys(LINE_STYLES.values()), "heading", "note", "place", "dim", "plain")
HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line, and the place in the project's files that it is about."""

    text: str
    style: str = "plain"
    path: str = ""
    """The file as it is now; empty where it is about none."""
    line: int = 0


def head_lines(change: Change, width: int) -> Iterator[ChangeLine]:
    """What is worth knowing, wrapped to a width in cells, and what is left."""
    for note in change.notes:
        yield from (ChangeLine(line, "note") for line in _wrapped(plain_line(note), width))
    if change.places:
        if change.notes:
            yield ChangeLine("")
        yield ChangeLine(f"Left as it is: {plural(len(change.places), 'place')} to look at",
                         "heading")  # fmt: skip
        for place in change.places:
            yield ChangeLine(f"  {plain_line(place.words)}", "place", place.path, place.line)
    if change.notes or change.places:
        yield ChangeLine("")


def diff_lines(change: Change) -> tuple[ChangeLine, ...]:
    """The diff of all files; of many it takes longer than a frame."""
    return tuple(_diff_lines(change))


def _diff_lines(change: Change) -> Iterator[ChangeLine]:
    for edit in change.edits:
        number = 0
        for line in edit.diff():
            if found := HUNK.match(line):
                number = int(found[1])
            is_head = line.startswith(("--- ", "+++ ")) and not number
            style = "dim" if is_head else LINE_STYLES.get(line[:1], "plain")
            at = number if number and line[:1] != "@" else 0
            yield ChangeLine(plain_line(line), style, edit.path if not edit.is_new else "", at)
            number += bool(number) and line[:1] in ("+", " ")


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and cell_len(line) + 1 + cell_len(word) > max(width, 20):
            yield line
            line = ""
        line = f"{line} {word}" if line else word
    yield line


def summary(change: Change) -> str:
    """How much a change is: `9 files, 1 of them renamed`."""
    moved = sum(bool(edit.moved_to) for edit in change.edits)
    words = plural(len(change.edits), "file")
    return f"{words}, {moved} renamed" if moved else words
