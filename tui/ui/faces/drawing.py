"""A face drawn: pieces of text, each with the name of its style, that fill a row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from tui.tree import Fold, RowKind
from tui.ui.columns import GAP, Columns
from tui.ui.faces.face import Face
from tui.ui.glyphs import Glyphs
from tui.ui.pieces import Piece, fit, size_of, sized

LABEL_LEAST = 10
"""Cells of a name that are shown whatever else there is to say."""
CUT_LEAST = 12
"""Cells below which a cut note is no help."""


def draw(face: Face, columns: Columns, glyphs: Glyphs, *, is_cursor: bool = False) -> list[Piece]:
    """A row as pieces that fill exactly the width of its columns."""
    arrow = {"upstream": glyphs.upstream, "downstream": glyphs.downstream}.get(face.lit, " ")
    pieces = [
        (glyphs.mark if face.is_marked else " ", "mark"),
        (f"{arrow} ", face.lit or "dim"),
    ]
    before, label = list(_indent(face, glyphs)), list(_label(face, is_cursor))
    room = columns.name - size_of(before)
    after = list(_after_label(face, glyphs, face.armed))
    if face.armed and size_of(after) > room - min(LABEL_LEAST, size_of(label)):
        # What came of a save is worth more than what it was to do.
        after = list(_after_label(face, glyphs, ((f" {glyphs.armed}", "mark"), *face.armed[1:])))
    # What is inside a folded row is worth more than the end of its name.
    if size_of(label) + size_of(after) > room:
        label = fit(label, max(room - size_of(after), min(LABEL_LEAST, room)))
    pieces += fit([*before, *label, *after], columns.name)
    for text, style, width, right in _cells(face, columns):
        if width:
            pieces.append((" " * GAP, ""))
            pieces.append((sized(text, width, right=right), style))
    return pieces


def _after_label(face: Face, glyphs: Glyphs, armed: Iterable[Piece]) -> Iterator[Piece]:
    if face.is_edited:
        yield (f" {glyphs.edited}", "edited")
    yield from armed
    if face.hidden_selected:
        # What is being asked comes before what is always told.
        yield (f" {glyphs.dot} {face.hidden_selected} selected", "selected")
    if face.hidden_marks:
        yield (f" {glyphs.mark}{face.hidden_marks}", "mark")
    yield from face.inside


def _cells(face: Face, columns: Columns) -> Iterator[tuple[str, str, int, bool]]:
    context = face.row.is_context or face.selected is False
    yield (face.kind, "dim", columns.kind, False)
    yield (
        _status_text(face, columns.status),
        "dim" if context else face.style,
        columns.status,
        False,
    )
    yield (face.checks, face.checks_style, columns.checks, True)
    yield (face.took, "dim", columns.took, True)
    yield (face.age, "dim", columns.age, True)
    yield (face.run[-4:], "dim", columns.run, True)


def _status_text(face: Face, width: int) -> str:
    if width < 2:
        return face.glyph
    text = f"{face.glyph} {face.word}" if face.glyph else face.word
    room = width - cell_len(text) - 3
    notes = [note for note in face.notes if note]
    for note in notes:
        if cell_len(note) <= room:
            return f"{text} · {note}"
    for brief in face.briefs:
        if cell_len(face.glyph) + 1 + cell_len(brief) <= width:
            return f"{face.glyph} {brief}"
    # Cut, but only where enough is left to mean something.
    return f"{text} · {notes[0]}" if notes and room >= CUT_LEAST else text


def _indent(face: Face, glyphs: Glyphs) -> Iterator[Piece]:
    row = face.row
    guides = row.guides[:-1]
    line = "".join(glyphs.through if goes_on else "  " for goes_on in guides)
    if row.depth:
        line += glyphs.branch if row.guides and row.guides[-1] else glyphs.last
    yield (line, "guide")
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
