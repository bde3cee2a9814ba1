"""The neighbourhood of an asset as boxes and lines on a grid of cells. Pure.

Each box has its cells; each line knows, cell by cell, which edges it belongs to, so that those of
the box under the cursor can be lit without laying anything out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tui.ui.asset_page.lineage_connectors import LEFT, RIGHT, Edge, Wire, draw
from tui.ui.asset_page.lineage_gutter import draw_gutter
from tui.ui.asset_page.lineage_layout import Layers, Stop


@dataclass(frozen=True)
class Box:
    """Where an asset stands."""

    key: str
    layer: int
    x: int
    y: int
    """Of its middle line."""
    width: int


@dataclass(frozen=True)
class LineageMap:
    """A drawn neighbourhood."""

    boxes: Mapping[str, Box]
    wires: Mapping[tuple[int, int], Wire]
    """By column and line."""
    width: int
    height: int
    is_tall: bool
    """Whether a box has three lines, with a frame."""

    @cached_property
    def wires_of(self) -> Mapping[int, Sequence[tuple[int, Wire]]]:
        """What passes through each line, with its columns."""
        found: dict[int, list[tuple[int, Wire]]] = {}
        for (x, y), wire in self.wires.items():
            found.setdefault(y, []).append((x, wire))
        return found

    @cached_property
    def edges(self) -> frozenset[Edge]:
        """All edges that are drawn."""
        return frozenset().union(*(wire.edges for wire in self.wires.values() if wire.is_arrow))

    def step(self, key: str, across: int, along: int) -> str:
        """The box next to one: `across` layers to the right, or `along` boxes down."""
        here = self.boxes[key]
        if along:
            column = sorted(
                (box for box in self.boxes.values() if box.layer == here.layer),
                key=lambda box: box.y,
            )
            place = column.index(here) + along
            return column[max(0, min(place, len(column) - 1))].key
        joined = {
            edge[1] if across > 0 else edge[0]
            for edge in self.edges
            if edge[0 if across > 0 else 1] == key
        }
        ahead = [
            box
            for box in self.boxes.values()
            if (box.layer - here.layer) * across > 0
            and (box.key in joined or box.layer - here.layer == across)
        ]
        if not ahead:
            return key
        return min(
            ahead,
            key=lambda box: (
                box.key not in joined,
                abs(box.layer - here.layer),
                abs(box.y - here.y),
            ),
        ).key


def draw_map(layers: Layers, widths: Mapping[str, int], *, is_tall: bool) -> LineageMap:
    """Lay the layers out on the grid.

    Args:
        layers: who stands where.
        widths: cells of each asset's label.
        is_tall: whether a box has three lines, or one.
    """
    lines = _lines(layers, 3 if is_tall else 1)
    height = 1 + max((y for column in lines for y in column.values()), default=0) + is_tall
    boxes: dict[str, Box] = {}
    wires: dict[tuple[int, int], Wire] = {}
    x = 0
    for index, column in enumerate(layers.columns):
        width = max((widths[stop] for stop in column if isinstance(stop, str)), default=0) + 4
        for stop in column:
            y = lines[index][stop]
            if isinstance(stop, str):
                boxes[stop] = Box(stop, index, x, y, width)
            else:
                for cell in range(x, x + width):
                    draw(wires, cell, y, stop[0], LEFT | RIGHT, stop[:2])
        x += width
        if index < len(layers.joints):
            x += draw_gutter(wires, layers.joints[index], lines[index], lines[index + 1], x)
    return LineageMap(boxes, wires, x, height, is_tall)


def _lines(layers: Layers, size: int) -> list[dict[Stop, int]]:
    """The line of each stop: the layers stand centred beside each other."""
    heights = [
        sum(size if isinstance(stop, str) else 1 for stop in column) for column in layers.columns
    ]
    tallest = max(heights)
    found = []
    for column, height in zip(layers.columns, heights, strict=True):
        y = (tallest - height) // 2
        lines: dict[Stop, int] = {}
        for stop in column:
            step = size if isinstance(stop, str) else 1
            lines[stop] = y + step // 2
            y += step
        found.append(lines)
    return found
