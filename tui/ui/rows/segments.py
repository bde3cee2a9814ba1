"""Pieces: text with the names of its styles, cut or filled to a number of cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

MIDDLE_LEAST = 7
"""Cells below which both ends of a name say less than its beginning."""

Piece = tuple[str, str]
"""Text, and the name of its style (a component class without its prefix)."""


def size_of(pieces: Iterable[Piece]) -> int:
    """Cells that pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def fit(pieces: list[Piece], width: int) -> list[Piece]:
    """Pieces cut (with an ellipsis) or filled to exactly so many cells."""
    found: list[Piece] = []
    room = width
    for index, (text, style) in enumerate(pieces):
        size = cell_len(text)
        rest = any(more for more, _ in pieces[index + 1 :])
        if size < room or (size == room and not rest):
            found.append((text, style))
            room -= size
            continue
        found.append((set_cell_size(text, max(room - 1, 0)) + "…"[: max(room, 0)], style))
        return found
    if room > 0:
        found.append((" " * room, ""))
    return found


def cut_middle(pieces: list[Piece], width: int) -> list[Piece]:
    """Pieces of which the middle is left out where they are longer than so many cells.

    Names differ at both of their ends: `int_order…_priced`.
    """
    if size_of(pieces) <= width:
        return pieces
    if width < MIDDLE_LEAST:
        return fit(pieces, max(width, 0))
    tail = (width - 1) // 2
    return [*fit(pieces, width - tail), *_end(pieces, tail)]


def _end(pieces: list[Piece], width: int) -> list[Piece]:
    """The last so many cells of pieces."""
    found: list[Piece] = []
    for text, style in reversed(pieces):
        while cell_len(text) > width:
            text = text[1:]
        width -= cell_len(text)
        found.insert(0, (text, style))
    return [*([(" " * width, "")] if width else []), *found]


def sized(text: str, width: int, *, right: bool = False) -> str:
    """A text cut or filled to exactly so many cells, on its right or its left."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    return " " * (width - size) + text if right else text + " " * (width - size)
