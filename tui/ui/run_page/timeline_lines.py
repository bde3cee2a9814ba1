"""How the timeline of a run is drawn: its axis, and a bar for each row. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from tui.runs.values import BAD, NodeRun
from tui.text.formats import human_duration
from tui.ui.rows import gist, name_of, spin, ticking
from tui.ui.rows.run_rows import style_of
from tui.ui.rows.segments import TextSegment, cut_middle, fit, size_of
from tui.ui.run_page.timeline import TimelineRow, never_began, seconds_of
from tui.ui.run_page.timeline_scale import Scale
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

LEAD = 6
"""Cells of the fold's sign, the status and the sign of the critical path, with gaps."""
TOOK = 7
THREAD = 3
SHORTEST_NAME = 16
"""Cells of the names' column at least, where there is room: `stg 1 failed`."""
WITH_THREAD = 60
"""Cells of a line from which there is room for the thread."""
WORDS = 12
"""Cells beside a bar from which what went wrong is told there."""

Cells = list[tuple[str, str]]
"""One character and its style for each cell."""


@dataclass(frozen=True)
class Layout:
    """How the cells of a line are shared out."""

    name: int
    thread: int
    bar: int

    @property
    def before_bar(self) -> int:
        """Cells before the bar."""
        return LEAD + self.name + TOOK + self.thread + 2


def layout_of(width: int, longest: int) -> Layout:
    """The layout of lines of so many cells.

    Args:
        width: cells.
        longest: cells of the longest name.
    """
    thread = THREAD if width >= WITH_THREAD else 0
    name = max(min(max(longest, SHORTEST_NAME), int(width * 0.3), 48), 12)
    return Layout(name, thread, max(width - LEAD - name - TOOK - thread - 3, 1))


def longest_name(nodes: Iterable[str], state: WorkspaceState) -> int:
    """Cells of the longest name of these nodes."""
    checks = state.graph.checks
    sizes = (cell_len(name_of(state, key)) + (2 if key in checks else 0) for key in nodes)
    return max(sizes, default=0)


def axis_line(layout: Layout, scale: Scale, glyphs: Glyphs) -> list[TextSegment]:
    """The heads of the columns, and the ticks with their labels."""
    cells: Cells = [(" ", "")] * layout.bar
    for cell, label in scale.ticks():
        cells[cell] = (glyphs.tick, "grid")
        if cell + 1 + len(label) <= layout.bar:  # a part of it would be another time
            cells[cell + 1 : cell + 1 + len(label)] = [(sign, "dim") for sign in label]
    heads = " " * LEAD + "asset".ljust(layout.name)[: layout.name] + "took".rjust(TOOK)
    heads += "thr"[: layout.thread].rjust(layout.thread + 1 if layout.thread else 0)
    return [(heads.ljust(layout.before_bar)[: layout.before_bar], "dim"), *_grouped(cells)]


def timeline_line(
    row: TimelineRow,
    state: WorkspaceState,
    glyphs: Glyphs,
    layout: Layout,
    scale: Scale,
    *,
    now: float,
) -> tuple[TextSegment, ...]:
    """One row: fold, status, critical or not, name, how long, its thread, its bar."""
    node = row.node
    running = node.status == "running"
    fold = " "
    if row.checks:
        fold = glyphs.unfolded if row.is_unfolded else glyphs.folded
    sign = spin(glyphs, now) if running else glyphs.node.get(node.status, glyphs.dot)
    took = ""
    if running:
        took = ticking(seconds_of(node, now))
    elif row.begun_at:
        took = human_duration(seconds_of(node, now))
    named = _named(row, state, layout.name)
    if never_began(node) and node.status != "queued":
        named = [(text, "dim" if style == "name" else style) for text, style in named]
    return (
        (f"{fold} ", "dim"),
        (f"{sign} ", style_of(node.status)),
        (f"{glyphs.critical if row.is_critical else ' '} ", "critical"),
        *named,
        (took.rjust(TOOK), "dim"),
        *([(str(row.thread or "").rjust(layout.thread + 1), "dim")] if layout.thread else []),
        (" " if layout.thread else "  ", ""),
        *_bar(row, state, glyphs, layout, scale, now),
        (" ", ""),
    )


def _name(row: TimelineRow, state: WorkspaceState) -> list[TextSegment]:
    key = row.node.unique_id
    check = state.graph.checks.get(key)
    if row.is_child:
        return [("  ", ""), (name_of(state, key), "check")]
    if check is None:
        return [(name_of(state, key), "name")]
    return [(f"{name_of(state, check.asset)} ", "dim"), (name_of(state, key), "check")]


def _checks(row: TimelineRow) -> list[TextSegment]:
    """What came of the checks that are folded away."""
    if row.is_unfolded or not row.checks:
        return []
    bad = sum(check.status in BAD for check in row.checks)
    warned = sum(check.status == "warn" for check in row.checks)
    if bad:
        return [(f" {bad} failed", "fail")]
    return [(f" {warned} warned", "warn")] if warned else []


def _named(row: TimelineRow, state: WorkspaceState, width: int) -> list[TextSegment]:
    told = _checks(row)
    room = max(width - size_of(told), 6)
    return fit([*cut_middle(_name(row, state), room), *told], width)


def _bar(
    row: TimelineRow,
    state: WorkspaceState,
    glyphs: Glyphs,
    layout: Layout,
    scale: Scale,
    now: float,
) -> list[TextSegment]:
    width = layout.bar
    cells: Cells = [(" ", "")] * width
    for cell, _ in scale.ticks():
        cells[cell] = (glyphs.tick, "grid")
    node = row.node
    end = 0
    until = row.begun_at or (now if node.status == "queued" else 0.0)
    if row.waits_since and until:
        end = _waited(cells, glyphs, scale, row.waits_since, until)
    if not row.is_unfolded:
        for check in row.checks:
            end = max(end, _worked(cells, glyphs, scale, check, now, is_thin=True))
    end = max(end, _worked(cells, glyphs, scale, node, now))
    told = _told(node, state)
    if told and width - end - 2 >= WORDS:
        words: list[TextSegment] = [(" ", ""), (told, "dim")]
        return [*_grouped(cells[: end + 1]), *fit(words, width - end - 1)]
    return _grouped(cells)


def _waited(cells: Cells, glyphs: Glyphs, scale: Scale, start: float, end: float) -> int:
    first = min(max(round(scale.cell(start)), 0), len(cells))
    last = max(min(round(scale.cell(end)), len(cells)), first)
    cells[first:last] = [(glyphs.waited, "waited")] * (last - first)
    return last if last > first else 0


def _worked(
    cells: Cells, glyphs: Glyphs, scale: Scale, node: NodeRun, now: float, *, is_thin: bool = False
) -> int:
    """Draw when a node was worked on, to half a cell; returns the cell after its last one."""
    if not node.started_at or never_began(node):
        return 0
    end = node.finished_at or now
    left = round(scale.cell(node.started_at) * 2)
    right = max(round(scale.cell(end) * 2), left + 1)
    if right <= 0 or left >= len(cells) * 2:
        return 0
    style = style_of(node.status)
    full, begin, stop = ("─", "╶", "╴") if is_thin else ("━", "╺", "╸")
    if glyphs.is_ascii:
        full = begin = stop = "-" if is_thin else "="
    for cell in range(max(left // 2, 0), min((right + 1) // 2, len(cells))):
        has_left, has_right = left <= cell * 2 < right, left <= cell * 2 + 1 < right
        cells[cell] = (full if has_left and has_right else stop if has_left else begin, style)
    return min((right + 1) // 2, len(cells))


def _told(node: NodeRun, state: WorkspaceState) -> str:
    """What is told beside a bar: why there is none, or what went wrong."""
    if node.skipped_because:
        return f"because of {name_of(state, node.skipped_because)}"
    return gist(node.message) if node.status in BAD or node.status == "skipped" else ""


def _grouped(cells: Cells) -> list[TextSegment]:
    """Cells of the same style in one piece."""
    found: list[TextSegment] = []
    for sign, style in cells:
        if found and found[-1][1] == style:
            found[-1] = (found[-1][0] + sign, style)
        else:
            found.append((sign, style))
    return found
