"""A row drawn: segments of text, each with the name of its style, that fill it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rich.cells import cell_len

from tui.tree import Fold, RowKind
from tui.ui.rows.asset_row import RowContent
from tui.ui.rows.indentation import indentation
from tui.ui.rows.segments import TextSegment, cut_middle, fit, size_of, sized
from tui.ui.rows.tree_columns import GAP, Columns
from tui.ui.theme.glyphs import Glyphs

LABEL_LEAST = 10
"""Cells of a name that are shown whatever else there is to say."""
CUT_LEAST = 12
"""Cells below which a cut note is no help."""
STATUS = "status"
"""In place of the style of the cell that is drawn by `_status`."""
_Cell = tuple[str, str, int, bool]
"""Text, style, cells, and whether it stands on the right of them."""
QUIET = frozenset({"fresh"})
"""Statuses of which nothing is to be done: amber and red are to be seen first."""


def draw(
    content: RowContent, columns: Columns, glyphs: Glyphs, *, is_cursor: bool = False
) -> list[TextSegment]:
    """A row as pieces that fill exactly the width of its columns.

    A text that is too long runs on over the empty cells to its right.
    """
    arrow = {"upstream": glyphs.upstream, "downstream": glyphs.downstream}.get(content.lit, " ")
    segments = [
        (glyphs.mark if content.is_marked else " ", "mark"),
        (f"{arrow} ", content.lit or "dim"),
    ]
    cells = _cells(content, columns)
    room, place = _run_on(columns.name, cells, 0)
    segments += _name(content, columns, glyphs, room, is_cursor)
    while place < len(cells):
        text, style, width, is_right = cells[place]
        place += 1
        segments.append((" " * GAP, ""))
        if is_right:
            segments.append((sized(text, width, right=True), style))
            continue
        width, place = _run_on(width, cells, place)
        if style is STATUS:
            segments += fit(_status(content, width), width)
        else:
            segments.append((sized(text, width), style))
    return segments


def _run_on(width: int, cells: list[_Cell], place: int) -> tuple[int, int]:
    """The cells of a text with those of the empty columns from a place on; and what is next."""
    while place < len(cells) and not cells[place][0]:
        width += GAP + cells[place][2]
        place += 1
    return width, place


def _name(
    content: RowContent, columns: Columns, glyphs: Glyphs, room: int, is_cursor: bool
) -> list[TextSegment]:
    before = list(_indent(content, glyphs, columns.name))
    label = list(_label(content, is_cursor))
    left = room - size_of(before)
    after = list(_after_label(content, glyphs, content.armed))
    if content.armed and size_of(after) > left - min(LABEL_LEAST, size_of(label)):
        # What came of a save is worth more than what it was to do.
        after = list(
            _after_label(content, glyphs, ((f" {glyphs.armed}", "mark"), *content.armed[1:]))
        )
    if content.partitions and size_of(after) > left - min(LABEL_LEAST, size_of(label)):
        # The share of the partitions is worth more than their bar.
        content = replace(content, partitions=content.partitions[-1:])
        after = list(_after_label(content, glyphs, content.armed))
    # What is inside a folded row is worth more than the middle of its name.
    if size_of(label) + size_of(after) > left:
        label = cut_middle(label, max(left - size_of(after), min(LABEL_LEAST, left)))
    return fit([*before, *label, *after], room)


def _after_label(
    content: RowContent, glyphs: Glyphs, armed: Iterable[TextSegment]
) -> Iterator[TextSegment]:
    if content.is_edited:
        yield (f" {glyphs.edited}", "edited")
    yield from content.git
    yield from content.partitions
    if not content.compiles:
        yield (f" {glyphs.status_failed} compile", "failed")
    yield from armed
    if content.hidden_selected:
        # What is being asked comes before what is always told.
        yield (f" {glyphs.dot} {content.hidden_selected:,} selected", "selected")
    if content.hidden_marks:
        yield (f" {glyphs.mark}{content.hidden_marks:,}", "mark")
    yield from content.inside


def _cells(content: RowContent, columns: Columns) -> list[_Cell]:
    found = (
        (content.kind, "dim", columns.kind, False),
        (content.glyph or content.word, STATUS, columns.status, False),
        (content.checks, content.checks_style, columns.checks, True),
        (content.took, "dim", columns.took, True),
        (content.age, "dim", columns.age, True),
        (content.run[-4:], "dim", columns.run, True),
    )
    return [cell for cell in found if cell[2]]


def _status(content: RowContent, width: int) -> list[TextSegment]:
    """Sign and word of the status, and the longest note for which there is room.

    What is as it should be is told quietly: its sign alone has the colour.
    """
    context = content.row.is_context or content.selected is False
    style = "dim" if context else content.style
    if width < 2:
        return [(content.glyph, style)]
    text = f"{content.glyph} {content.word}" if content.glyph else content.word
    notes = [note for note in content.notes if note]
    room = width - cell_len(text) - 3
    fitting = next((note for note in notes if cell_len(note) <= room), "")
    if not fitting:
        for brief in content.briefs:
            if cell_len(content.glyph) + 1 + cell_len(brief) <= width:
                return [(f"{content.glyph} {brief}", style)]
    if not fitting and notes and room >= CUT_LEAST:
        fitting = notes[0]  # cut, but only where enough is left to mean something
    if fitting:
        text = f"{text} · {fitting}"
    if style in QUIET and content.glyph:
        return [(content.glyph, style), (text.removeprefix(content.glyph), "dim")]
    return [(text, style)]


def _indent(content: RowContent, glyphs: Glyphs, room: int) -> Iterator[TextSegment]:
    row = content.row
    yield (indentation(row, glyphs, room), "guide")
    match row.fold, row.kind:
        case (Fold.OPEN, _):
            yield (glyphs.unfolded + " ", "fold")
        case (Fold.CLOSED, _):
            yield (glyphs.folded + " ", "fold")
        case (_, RowKind.REFERENCE):
            yield (glyphs.reference + " ", "dim")
        case _:
            yield (glyphs.leaf if row.depth else "  ", "guide")


def _label(content: RowContent, is_cursor: bool) -> Iterator[TextSegment]:
    row = content.row
    style = "name"
    if content.selected is not None and not is_cursor:
        yield (row.label, "selected" if content.selected else "faint")
        return
    if row.is_context or row.kind is RowKind.REFERENCE:
        style = "dim"
    elif row.kind in (RowKind.FOLDER, RowKind.HEADER):
        style = "folder"
    elif row.kind is RowKind.CHECK:
        style = "check"
    if content.lit and not row.is_context:
        style = content.lit
    if is_cursor:
        style = "cursor-name"
    start = 0
    for position in row.matches:
        if start < position:
            yield (row.label[start:position], style)
        yield (row.label[position : position + 1], "match")
        start = position + 1
    yield (row.label[start:], style)
