"""What passes through the cells between the boxes of a lineage map. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.ui.asset_page.lineage_layout import Stop

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
SIGNS = {
    UP | DOWN: "│", LEFT | RIGHT: "─", LEFT: "─", RIGHT: "─", UP: "│", DOWN: "│",
    DOWN | RIGHT: "╭", DOWN | LEFT: "╮", UP | RIGHT: "╰", UP | LEFT: "╯",
    UP | DOWN | RIGHT: "├", UP | DOWN | LEFT: "┤", LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴", UP | DOWN | LEFT | RIGHT: "┼",
}  # fmt: skip
ARROW = "▸"
Edge = tuple[str, str]


@dataclass
class Wire:
    """What passes through one cell."""

    bits: dict[Stop, int] = field(default_factory=dict)
    """By where the line comes from."""
    edges: set[Edge] = field(default_factory=set)
    is_arrow: bool = False

    @property
    def sign(self) -> str:
        if self.is_arrow:
            return ARROW
        found = set(self.bits.values())
        if found == {UP | DOWN, LEFT | RIGHT}:
            return "│"  # one passes under the other
        union = 0
        for bits in found:
            union |= bits
        return SIGNS.get(union, " ")


def draw(
    wires: dict[tuple[int, int], Wire], x: int, y: int, origin: str, bits: int, edge: Edge
) -> None:
    """Let the line of an edge pass through a cell."""
    wire = wires.setdefault((x, y), Wire())
    wire.bits[origin] = wire.bits.get(origin, 0) | bits
    wire.edges.add(edge)
