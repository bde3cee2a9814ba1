"""Segments: text with the names of its styles, cut or filled to a number of cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

MIDDLE_LEAST = 7
"""Cells below which both ends of a name say less than its beginning."""

TextSegment = tuple[str, str]
"""Text, and the name of its style (a component class without its prefix)."""


def size_of(segments: Iterable[TextSegment]) -> int:
    """Cells that segments take."""
    return sum(cell_len(text) for text, _ in segments)


def fit(segments: list[TextSegment], width: int) -> list[TextSegment]:
    """Segments cut (with an ellipsis) or filled to exactly so many cells."""
    found: list[TextSegment] = []
    room = width
    for index, (text, style) in enumerate(segments):
        size = cell_len(text)
        rest = any(more for more, _ in segments[index + 1 :])
        if size < room or (size == room and not rest):
            found.append((text, style))
            room -= size
            continue
        found.append((set_cell_size(text, max(room - 1, 0)) + "…"[: max(room, 0)], style))
        return found
    if room > 0:
        found.append((" " * room, ""))
    return found


def cut_middle(segments: list[TextSegment], width: int) -> list[TextSegment]:
    """Pieces of which the middle is left out where they are longer than so many cells.

    Names differ at both of their ends: `int_order…_priced`.
    """
    if size_of(segments) <= width:
        return segments
    if width < MIDDLE_LEAST:
        return fit(segments, max(width, 0))
    tail = (width - 1) // 2
    return [*fit(segments, width - tail), *_end(segments, tail)]


def _end(segments: list[TextSegment], width: int) -> list[TextSegment]:
    """The last so many cells of pieces."""
    found: list[TextSegment] = []
    for text, style in reversed(segments):
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
