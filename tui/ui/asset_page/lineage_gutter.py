"""The lines between two layers of a lineage map: who goes up and down where. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from tui.ui.asset_page.lineage_connectors import DOWN, LEFT, RIGHT, UP, Wire, draw
from tui.ui.asset_page.lineage_layout import Stop


def draw_gutter(
    wires: dict[tuple[int, int], Wire],
    joints: tuple[tuple[Stop, Stop], ...],
    left: Mapping[Stop, int],
    right: Mapping[Stop, int],
    x: int,
) -> int:
    """Draw the lines between two layers; returns the width that they take.

    All lines of one source share an upright; uprights whose reaches overlap are side by side.
    """
    sources: dict[Stop, list[Stop]] = {}
    for source, target in joints:
        sources.setdefault(source, []).append(target)
    lines = {s: {right[target] for target in targets} for s, targets in sources.items()}
    starts = {source: left[source] for source in sources}
    place = uprights(starts, lines)
    detours = _detours(sources, starts, right, place)
    bend = x + 2 + max(place.values(), default=-1)
    width = bend - x + len(set(detours.values())) + 3
    for source, targets in sources.items():
        upright = x + 1 + place[source]
        for target in targets:
            line = _Line(wires, source, target)
            number, row = detours.get((source, target), (0, None))
            beside = None if row is None else (bend + number, row)
            _route(line, left[source], right[target], (x, upright, x + width), beside)
    return width


def _detours(
    sources: Mapping[Stop, Sequence[Stop]],
    starts: Mapping[Stop, int],
    right: Mapping[Stop, int],
    place: Mapping[Stop, int],
) -> dict[tuple[Stop, Stop], tuple[int, int]]:
    """The joints that may not arrive on their line before another one has left it.

    Each has a number, and a free line on which it goes past that one; where there is none (many
    lines cross between boxes that stand close), both run on the same line for a stretch.
    """
    lines = {s: {right[target] for target in targets} for s, targets in sources.items()}
    met = _met(starts, lines)
    used = set(starts.values()).union(*lines.values())
    ways: dict[Stop, tuple[int, int]] = {}
    found: dict[tuple[Stop, Stop], tuple[int, int]] = {}
    for source, targets in sources.items():
        for target in targets:
            start, aim = starts[source], right[target]
            other = met[source].get(aim)
            if other is None or place[other] < place[source]:
                continue
            between = range(aim - 1, start, -1) if aim > start else range(aim + 1, start)
            free = next((line for line in between if line not in used), None)
            if target in ways and ways[target][1] in between:
                found[source, target] = ways[target]  # who goes there may go together
            elif free is not None:
                used.add(free)
                found[source, target] = ways[target] = (len(set(found.values())), free)
    return found


def uprights(starts: Mapping[Stop, int], lines: Mapping[Stop, Set[int]]) -> dict[Stop, int]:
    """In which column of a gutter the upright of each source stands.

    A source that starts on the line on which another's line arrives should be left of that
    one's upright: on the stretch between them, both would run on the same line. Where two want
    that of each other, one of them has its way.

    Args:
        starts: the line on which each source starts.
        lines: the lines on which it arrives.
    """
    reach = {s: (min(start, *lines[s]), max(start, *lines[s])) for s, start in starts.items()}
    before = {source: set(others.values()) for source, others in _met(starts, lines).items()}
    after: dict[Stop, list[Stop]] = {}
    for source, others in before.items():
        for other in others:
            after.setdefault(other, []).append(source)
    waits = {source: len(others) for source, others in before.items()}
    columns: list[list[Stop]] = []
    place: dict[Stop, int] = {}
    todo = sorted(reach, key=reach.__getitem__)
    while todo:
        source = min(todo, key=waits.__getitem__)
        todo.remove(source)
        low, high = reach[source]
        number = 1 + max((place[other] for other in before[source] if other in place), default=-1)
        while number < len(columns) and any(
            reach[other][1] >= low and reach[other][0] <= high for other in columns[number]
        ):
            number += 1
        columns += [[] for _ in range(number + 1 - len(columns))]
        columns[number].append(source)
        place[source] = number
        for other in after.get(source, ()):
            waits[other] -= 1
    return place


def _met(starts: Mapping[Stop, int], lines: Mapping[Stop, Set[int]]) -> dict[Stop, dict[int, Stop]]:
    """Whom each source meets on which of the lines where it arrives: one that starts there.

    One that only goes on straight arrives at the same place: they may run together.
    """
    at = {start: source for source, start in starts.items() if lines[source] != {start}}
    return {
        source: {line: at[line] for line in own if at.get(line, source) != source}
        for source, own in lines.items()
    }


@dataclass(frozen=True)
class _Line:
    """The line from one stop to another of the next layer."""

    wires: dict[tuple[int, int], Wire]
    source: Stop
    target: Stop

    @property
    def origin(self) -> str:
        return self.source if isinstance(self.source, str) else self.source[0]

    def across(self, start: int, end: int, y: int) -> None:
        """Through these columns; the last is left out."""
        for x in range(start, end):
            self.put(x, y, LEFT | RIGHT)

    def up_or_down(self, x: int, start: int, end: int) -> None:
        """From one line, come from the left, to another, and on to the right."""
        if start == end:
            self.put(x, start, LEFT | RIGHT)
            return
        self.put(x, start, LEFT | (DOWN if end > start else UP))
        for y in range(min(start, end) + 1, max(start, end)):
            self.put(x, y, UP | DOWN)
        self.put(x, end, RIGHT | (UP if end > start else DOWN))

    def put(self, x: int, y: int, bits: int) -> None:
        target = self.target if isinstance(self.target, str) else self.target[1]
        draw(self.wires, x, y, self.origin, bits, (self.origin, target))


def _route(
    line: _Line,
    start: int,
    aim: int,
    columns: tuple[int, int, int],
    beside: tuple[int, int] | None,
) -> None:
    """Draw a line through a gutter.

    Args:
        line: where it comes from and goes to.
        start: the line of the grid that it starts on.
        aim: that on which it arrives.
        columns: first of the gutter, the source's upright, and one past the last.
        beside: column and line by which it comes to its aim where another one leaves that line.
    """
    first, upright, end = columns
    line.across(first, upright, start)
    if beside is not None:
        bend, between = beside
        line.up_or_down(upright, start, between)
        line.across(upright + 1, bend, between)
        upright, start = bend, between
    line.up_or_down(upright, start, aim)
    line.across(upright + 1, end, aim)
    if isinstance(line.target, str):
        line.wires[end - 1, aim].is_arrow = True
