"""What a page says: keys, its size, that it is alive; in textual-serve's form. Pure.

`["stdin", text]`, `["resize", {"width": columns, "height": rows}]`, `["ping", text]`, `["focus"]`,
`["blur"]`: JSON, one message each. Whoever has the page can send anything else as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

LARGEST = (1000, 500)
"""Columns and rows of a page, at most: a wall of screens has fewer."""
MOST = 1 << 20
"""Bytes of a message: what is pasted comes in one."""


@dataclass(frozen=True)
class Size:
    """How large the terminal in a page is, in cells."""

    columns: int = 80
    rows: int = 24


@dataclass(frozen=True)
class Typed:
    """Bytes for the program: keys, the mouse, what is pasted."""

    data: bytes


@dataclass(frozen=True)
class Resized:
    """The page has another size."""

    size: Size


@dataclass(frozen=True)
class Pinged:
    """The page wants to hear this again."""

    text: str


Message = Typed | Resized | Pinged


def message_of(text: str) -> Message | None:
    """What a page said; None for what says nothing that is known. Raises ValueError for no JSON."""
    try:
        told = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    match told:
        case ["stdin", str(typed)]:
            return Typed(typed.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            size = size_of(width, height)
            return Resized(size) if size is not None else None
        case ["ping", str(text)]:
            return Pinged(text)
        case _:
            return None


def size_of(width: object, height: object) -> Size | None:
    """A size that a program can be given, from two numbers or words; None where they are none."""
    columns, rows = _number(width), _number(height)
    if columns is None or rows is None:
        return None
    return Size(_within(columns, LARGEST[0]), _within(rows, LARGEST[1]))


def _number(given: object) -> int | None:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 10:
        return int(given)
    return None


def _within(number: int, most: int) -> int:
    return min(max(number, 1), most)
