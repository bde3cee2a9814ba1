"""The lines of text of a lineage map: boxes with live statuses, and the edges of the cursor lit.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tui.graph import Status
from tui.ui.asset_page.lineage_connectors import Wire
from tui.ui.asset_page.lineage_map import Box, LineageMap
from tui.ui.rows import kind_of, spin, status_style
from tui.ui.rows.segments import TextSegment
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

LONGEST_NAME = 36


@dataclass(frozen=True, slots=True)
class Label:
    """What a box says."""

    glyph: str
    style: str
    name: str
    note: str = ""
    """How many neighbours there are beyond what is shown, and the kind."""

    @property
    def width(self) -> int:
        return cell_len(self.glyph) + 1 + cell_len(self.name) + cell_len(self.note)


def label_of(
    key: str,
    state: WorkspaceState,
    shown: Mapping[str, int],
    glyphs: Glyphs,
    *,
    now: float,
    is_short: bool = False,
) -> Label:
    """The label of an asset as it is now; a short one leaves out the kind."""
    graph = state.graph
    asset = graph.assets[key]
    found = state.statuses.get(key)
    status = found.status if found else Status.NEVER
    glyph = spin(glyphs, now) if status is Status.RUNNING else glyphs.status[status]
    above = sum(parent not in shown for parent in graph.upstream(key))
    below = sum(child not in shown for child in graph.downstream.get(key, ()))
    beyond = "".join(
        (f" {glyphs.upstream}{above}" if above else "", f" {glyphs.downstream}{below}" if below
         else "")
    )  # fmt: skip
    name = asset.name
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    kind = "" if is_short else f" {kind_of(asset)}"
    return Label(glyph, status_style(status), name, f"{kind}{beyond}")


def line_segments(
    drawn: LineageMap, y: int, labels: Mapping[str, Label], *, cursor: str, focus: str
) -> list[TextSegment]:
    """One line of the map, in pieces that fill its width."""
    spots: list[tuple[int, list[TextSegment], int]] = []
    reach = 1 if drawn.is_tall else 0
    for box in drawn.boxes.values():
        if abs(box.y - y) <= reach:
            segments = _box_line(box, y, labels[box.key], drawn.is_tall, cursor, focus)
            spots.append((box.x, segments, box.width))
    for x, wire in drawn.wires_of.get(y, ()):
        spots.append((x, [(wire.sign, _wire_style(wire, cursor))], 1))
    segments, x = [], 0
    for start, texts, width in sorted(spots, key=lambda spot: spot[0]):
        if start > x:
            segments.append((" " * (start - x), ""))
        segments += texts
        x = start + width
    if x < drawn.width:
        segments.append((" " * (drawn.width - x), ""))
    return segments


def _wire_style(wire: Wire, cursor: str) -> str:
    if any(target == cursor for _, target in wire.edges):
        return "upstream"
    if any(source == cursor for source, _ in wire.edges):
        return "downstream"
    return "wire"


def _box_line(
    box: Box, y: int, label: Label, is_tall: bool, cursor: str, focus: str
) -> list[TextSegment]:
    frame = "cursor" if box.key == cursor else "focus" if box.key == focus else "frame"
    if not is_tall:
        ground = {"cursor": "on-cursor", "focus": "on-focus"}.get(frame, "on-box")
        return [(text, f"{style} {ground}") for text, style in _inside(label, box.width, frame)]
    if y < box.y:
        return [(f"╭{'─' * (box.width - 2)}╮", frame)]
    if y > box.y:
        return [(f"╰{'─' * (box.width - 2)}╯", frame)]
    return [("│", frame), *_inside(label, box.width - 2, frame), ("│", frame)]


def _inside(label: Label, width: int, frame: str) -> Iterator[TextSegment]:
    room = width - 2 - cell_len(label.glyph) - 1
    name = set_cell_size(label.name, min(cell_len(label.name), max(room, 0)))
    note = label.note if cell_len(name) + cell_len(label.note) <= room else ""
    rest = max(room - cell_len(name) - cell_len(note), 0)
    yield (" ", "")
    yield (label.glyph, label.style)
    yield (" ", "")
    yield (name, "name-focus" if frame == "focus" else "name")
    yield (note, "dim")
    yield (" " * (rest + 1), "")
