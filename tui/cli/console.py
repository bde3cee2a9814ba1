"""What the headless commands write: plain text to pipes, colour to terminals, JSON to programs."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from tui.text.terminal_text import plain, plain_line

__all__ = ["FAILED", "OK", "Console", "cells", "one_line", "plain", "stderr", "stdout"]

OK, FAILED, COULD_NOT = 0, 1, 2
"""Exit codes, as dbt's own."""

STYLES = {
    "bold": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "warn": "33",
    "busy": "36",
}
GLYPHS = {
    "good": ("✓", "+"),
    "bad": ("✗", "x"),
    "warn": ("!", "!"),
    "stale": ("◐", "~"),
    "busy": ("⠿", "*"),
    "skipped": ("↷", "-"),
    "none": ("·", "."),
}
"""By what they tell: the glyph, and what stands for it where it cannot be written."""
_STYLED = f"\0{os.urandom(4).hex()}["
"""Begins a style of ours until it is written: no text of a project can forge it."""
_STYLE = re.compile(r"(\d+(?:;\d+)*m)?(.*)", re.DOTALL)
_SGR = re.compile(r"\x1b\[[\d;]*m")


def has_colour(stream: TextIO) -> bool:
    """Whether to write colour: on a terminal, unless NO_COLOR (no-color.org) or FORCE_COLOR say
    otherwise.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Console:
    """One of the two streams, with its abilities."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.colour = has_colour(stream)
        encoding = (getattr(stream, "encoding", None) or "ascii").lower()
        self.unicode = encoding.startswith("utf")
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

    def write(self, text: str = "") -> None:
        """Write one line and flush it, since whoever reads may wait for it.

        Whatever is in it, the terminal obeys nothing but the styles of `style`.
        """
        print(_gated(text), file=self.stream, flush=True)

    def write_lines(self, text: str, *, after: str = "") -> None:
        """Write a text of several lines, a message of dbt or of a database, `after` a glyph."""
        first, *others = plain(text).split("\n")
        self.write_all([f"{after} {first}" if after else first, *others])

    def ask(self, question: str) -> None:
        """Write a question, whose answer is typed behind it."""
        print(_gated(question), end=" ", file=self.stream, flush=True)

    def write_all(self, lines: Iterable[str]) -> None:
        """Write many lines at once, and flush them."""
        print("\n".join(map(_gated, lines)), file=self.stream, flush=True)

    def style(self, text: str, *styles: str) -> str:
        """The text in these styles, where there is colour; for `write`."""
        text = plain_line(text)
        if not self.colour or not styles or not text:
            return text
        codes = ";".join(STYLES[style] for style in styles)
        return f"{_STYLED}{codes}m{text}{_STYLED}0m"

    def glyph(self, kind: str) -> str:
        """A glyph in its colour."""
        text = GLYPHS[kind][0 if self.unicode else 1]
        if kind == "stale":
            return self.style(text, "warn")
        return self.style(text, kind if kind in STYLES else "dim")

    def table(self, rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> None:
        """Write rows in aligned columns; `right` are the columns that end together."""
        lines = [list(row) for row in rows]
        if not lines:
            return
        taken = [[cells(text) for text in row] for row in lines]
        widths = [max(column) for column in zip(*taken, strict=True)]
        to_right = set(right)
        told = []
        for row, of_row in zip(lines, taken, strict=True):
            parts = []
            for i, (text, own, width) in enumerate(zip(row, of_row, widths, strict=True)):
                gap = " " * (width - own)
                parts.append(gap + text if i in to_right else text + gap)
            told.append("  ".join(parts).rstrip())
        self.write_all(told)


def cells(text: str) -> int:
    """How many cells of a terminal a line takes, styles left out."""
    if _is_plain(text):
        return len(text)
    plain = _SGR.sub("", _gated(text))
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in plain
    )


def _is_plain(text: str) -> bool:
    """Whether a text is one line as it is, and takes a cell for each character."""
    return text.isascii() and text.isprintable()


def _gated(text: str) -> str:
    """A line as a terminal may have it: ours are the styles, all else is text."""
    if _is_plain(text):
        return text
    first, *styled = text.split(_STYLED)
    pieces = [plain_line(first)]
    for part in styled:
        code, rest = _STYLE.fullmatch(part).groups()  # type: ignore[union-attr]
        pieces.append(f"\x1b[{code}{plain_line(rest)}" if code else plain_line(rest))
    return "".join(pieces)


def one_line(text: str, width: int = 200) -> str:
    """The first line of a text that says something, at most so wide."""
    line = next((line.strip() for line in plain(text).splitlines() if line.strip()), "")
    return line if len(line) <= width else line[: width - 1] + "…"


def stdout() -> Console:
    """Where data goes."""
    return Console(sys.stdout)


def stderr() -> Console:
    """Where words go."""
    return Console(sys.stderr)


def write_json(value: Any) -> None:
    """Write one JSON value to stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=True), flush=True)


def write_line(line: str) -> None:
    """Write a line of JSON to stdout, at once: whoever reads may wait for it."""
    print(line, flush=True)
