"""A face drawn: pieces of text, each with the name of its style, that fill a row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from tui.tree import Fold, RowKind
from tui.ui.rows.asset_row import Face
from tui.ui.rows.indentation import indentation
from tui.ui.rows.segments import Piece, cut_middle, fit, size_of, sized
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


def draw(face: Face, columns: Columns, glyphs: Glyphs, *, is_cursor: bool = False) -> list[Piece]:
    """A row as pieces that fill exactly the width of its columns.

    A text that is too long runs on over the empty cells to its right.
    """
    arrow = {"upstream": glyphs.upstream, "downstream": glyphs.downstream}.get(face.lit, " ")
    pieces = [
        (glyphs.mark if face.is_marked else " ", "mark"),
        (f"{arrow} ", face.lit or "dim"),
    ]
    cells = _cells(face, columns)
    room, place = _run_on(columns.name, cells, 0)
    pieces += _name(face, columns, glyphs, room, is_cursor)
    while place < len(cells):
        text, style, width, is_right = cells[place]
        place += 1
        pieces.append((" " * GAP, ""))
        if is_right:
            pieces.append((sized(text, width, right=True), style))
            continue
        width, place = _run_on(width, cells, place)
        if style is STATUS:
            pieces += fit(_status(face, width), width)
        else:
            pieces.append((sized(text, width), style))
    return pieces


def _run_on(width: int, cells: list[_Cell], place: int) -> tuple[int, int]:
    """The cells of a text with those of the empty columns from a place on; and what is next."""
    while place < len(cells) and not cells[place][0]:
        width += GAP + cells[place][2]
        place += 1
    return width, place


def _name(face: Face, columns: Columns, glyphs: Glyphs, room: int, is_cursor: bool) -> list[Piece]:
    before = list(_indent(face, glyphs, columns.name))
    label = list(_label(face, is_cursor))
    left = room - size_of(before)
    after = list(_after_label(face, glyphs, face.armed))
    if face.armed and size_of(after) > left - min(LABEL_LEAST, size_of(label)):
        # What came of a save is worth more than what it was to do.
        after = list(_after_label(face, glyphs, ((f" {glyphs.armed}", "mark"), *face.armed[1:])))
    # What is inside a folded row is worth more than the middle of its name.
    if size_of(label) + size_of(after) > left:
        label = cut_middle(label, max(left - size_of(after), min(LABEL_LEAST, left)))
    return fit([*before, *label, *after], room)


def _after_label(face: Face, glyphs: Glyphs, armed: Iterable[Piece]) -> Iterator[Piece]:
    if face.is_edited:
        yield (f" {glyphs.edited}", "edited")
    yield from armed
    if face.hidden_selected:
        # What is being asked comes before what is always told.
        yield (f" {glyphs.dot} {face.hidden_selected:,} selected", "selected")
    if face.hidden_marks:
        yield (f" {glyphs.mark}{face.hidden_marks:,}", "mark")
    yield from face.inside


def _cells(face: Face, columns: Columns) -> list[_Cell]:
    found = (
        (face.kind, "dim", columns.kind, False),
        (face.glyph or face.word, STATUS, columns.status, False),
        (face.checks, face.checks_style, columns.checks, True),
        (face.took, "dim", columns.took, True),
        (face.age, "dim", columns.age, True),
        (face.run[-4:], "dim", columns.run, True),
    )
    return [cell for cell in found if cell[2]]


def _status(face: Face, width: int) -> list[Piece]:
    """Sign and word of the status, and the longest note for which there is room.

    What is as it should be is told quietly: its sign alone has the colour.
    """
    context = face.row.is_context or face.selected is False
    style = "dim" if context else face.style
    if width < 2:
        return [(face.glyph, style)]
    text = f"{face.glyph} {face.word}" if face.glyph else face.word
    notes = [note for note in face.notes if note]
    room = width - cell_len(text) - 3
    fitting = next((note for note in notes if cell_len(note) <= room), "")
    if not fitting:
        for brief in face.briefs:
            if cell_len(face.glyph) + 1 + cell_len(brief) <= width:
                return [(f"{face.glyph} {brief}", style)]
    if not fitting and notes and room >= CUT_LEAST:
        fitting = notes[0]  # cut, but only where enough is left to mean something
    if fitting:
        text = f"{text} · {fitting}"
    if style in QUIET and face.glyph:
        return [(face.glyph, style), (text.removeprefix(face.glyph), "dim")]
    return [(text, style)]


def _indent(face: Face, glyphs: Glyphs, room: int) -> Iterator[Piece]:
    row = face.row
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


def _label(face: Face, is_cursor: bool) -> Iterator[Piece]:
    row = face.row
    style = "name"
    if face.selected is not None and not is_cursor:
        yield (row.label, "selected" if face.selected else "faint")
        return
    if row.is_context or row.kind is RowKind.REFERENCE:
        style = "dim"
    elif row.kind in (RowKind.FOLDER, RowKind.HEADER):
        style = "folder"
    elif row.kind is RowKind.CHECK:
        style = "check"
    if face.lit and not row.is_context:
        style = face.lit
    if is_cursor:
        style = "cursor-name"
    start = 0
    for position in row.matches:
        if start < position:
            yield (row.label[start:position], style)
        yield (row.label[position : position + 1], "match")
        start = position + 1
    yield (row.label[start:], style)
