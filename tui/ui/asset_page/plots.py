"""A small plot of a series: braille dots, or bars in ASCII, with its scale. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille sign, by row from the top and column."""
BLANK = 0x2800
LEAST = 4
"""Cells without which there is no plot."""


def plot(
    values: Sequence[float],
    *,
    width: int,
    height: int,
    title: str,
    style: str,
    text: Callable[[float], str],
    ascii_only: bool = False,
) -> Content:
    """A series as a filled plot.

    Args:
        values: the oldest first.
        width: cells of the whole, scale included; with too few of them there is only the title.
        height: lines of the plot, without its title.
        title: what it shows; the last value is behind it.
        style: of the dots.
        text: a value in words.
        ascii_only: whether to do without braille.

    Returns:
        `height` + 1 lines.
    """
    last = text(values[-1]) if values else ""
    head = Content.assemble((title, "$dim"), (f"  {last}", "bold"))
    if not values:
        return Content("\n").join([head] + [Content("")] * height)
    high = max(values)
    labels = [text(high), text(0.0)]
    scale = max(len(label) for label in labels)
    room = width - scale - 2
    if room < LEAST:
        return Content("\n").join([head] + [Content("")] * height)
    rows = (_blocks if ascii_only else _braille)(_fitted(values, room, ascii_only), high, height)
    lines = [head]
    for index, row in enumerate(rows):
        label = labels[0] if index == 0 else labels[1] if index == height - 1 else ""
        edge = ("┤" if label else "│") if not ascii_only else "|"
        lines.append(
            Content.assemble((f"{label:>{scale}} ", "$dim"), (edge, "$rule"), (row, style))
        )
    return Content("\n").join(lines)


def _fitted(values: Sequence[float], room: int, ascii_only: bool) -> list[float]:
    """The newest values, each as wide as there is room for, in columns of dots (or cells)."""
    columns = room if ascii_only else room * 2
    newest = list(values[-columns:])
    each = max(min(columns // len(newest), 4), 1)
    return [value for value in newest for _ in range(each)]


def _braille(columns: Sequence[float], high: float, height: int) -> list[str]:
    dots = height * 4
    cells = [[0] * ((len(columns) + 1) // 2) for _ in range(height)]
    for x, value in enumerate(columns):
        level = max(round(value / high * dots), 1) if high > 0 else 1
        for dot in range(min(level, dots)):
            row = dots - 1 - dot
            cells[row // 4][x // 2] |= DOTS[row % 4][x % 2]
    return ["".join(chr(BLANK + bits) for bits in line) for line in cells]


def _blocks(columns: Sequence[float], high: float, height: int) -> list[str]:
    levels = [max(round(value / high * height), 1) if high > 0 else 1 for value in columns]
    return [
        "".join("#" if level >= height - row else " " for level in levels) for row in range(height)
    ]
