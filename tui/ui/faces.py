"""What a row of the tree says, gathered from the state, and how it is drawn. Pure.

`face_of` looks up everything about one row; `draw` turns the face into pieces of text, each with
the name of its style. Two faces are equal when nothing on the screen would differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len, set_cell_size

from tui.assets import Asset, AssetStatus, Status
from tui.protocol.plain import plain
from tui.source_freshness import SourceFreshness
from tui.state import WorkspaceState
from tui.tree import Fold, Row, RowKind
from tui.tree.asset_tree import Inside
from tui.ui.columns import GAP, Columns
from tui.ui.glyphs import Glyphs
from tui.words import human_age, human_count, human_duration, plural

Piece = tuple[str, str]
"""Text, and the name of its style (a component class without its prefix)."""

REASONS = {
    "sql": "SQL",
    "layout": "layout",
    "config": "config",
    "macro": "macro",
    "seed": "seed file",
    "contract": "contract",
    "upstream": "upstream",
    "upstream_stale": "upstream stale",
    "never_built": "never built",
    "relation_missing": "relation gone",
}
WHERE = re.compile(r"^[\w ]*(Error|Exception) in [\w ]+ \S+ \(.*\)$")
LABEL_LEAST = 10
"""Cells of a name that are shown whatever else there is to say."""
CUT_LEAST = 12
"""Cells below which a cut note is no help."""
CHECK_WORDS = {
    "pass": "passed",
    "fail": "failed",
    "warn": "warned",
    "error": "error",
    "skipped": "skipped",
}
CHECK_STYLES = {"pass": "fresh", "fail": "failed", "error": "failed", "warn": "warned"}


@plain(frozen=True, slots=True)
class Face:
    """All that one row shows."""

    row: Row
    kind: str = ""
    glyph: str = ""
    word: str = ""
    notes: tuple[str, ...] = ()
    """Why, from long to short: the longest for which there is room follows the word."""
    style: str = "dim"
    """Of glyph and word: the status."""
    checks: str = ""
    checks_style: str = "dim"
    took: str = ""
    age: str = ""
    run: str = ""
    inside: tuple[Piece, ...] = ()
    lit: str = ""
    """upstream or downstream of the cursor, or neither."""
    is_marked: bool = False
    is_edited: bool = False
    armed: tuple[Piece, ...] = ()
    """What a save does, and what came of the latest one."""
    selected: bool | None = None
    """Whether a selection that is being typed selects it; None where none is."""
    hidden_selected: int = 0
    """How many that it selects are folded away under the row."""
    hidden_marks: int = 0
    """How many marked ones are."""


def status_style(status: Status) -> str:
    """The style of a status: `checks failed` is `checks-failed`."""
    return "never" if status is Status.NEVER else status.value.replace(" ", "-")


def face_of(
    row: Row,
    state: WorkspaceState,
    glyphs: Glyphs,
    *,
    now: float,
    lit: str = "",
    inside: Inside | None = None,
    is_marked: bool = False,
) -> Face:
    """The face of a row at a moment (`now`, in seconds since the epoch)."""
    summary = tuple(_summary(inside, glyphs, now)) if inside else ()
    if row.kind is RowKind.CHECK:
        return _check_face(row, state, glyphs, now, is_marked)
    asset = state.graph.assets.get(row.unique_id)
    if asset is None:
        return Face(row, inside=summary)
    if row.kind is RowKind.REFERENCE:
        return Face(row, lit=lit, is_marked=is_marked)
    found = state.statuses.get(row.unique_id)
    word, notes = _words(asset, found, state, now)
    armed = state.armed.get(row.unique_id)
    if armed is not None and not armed.is_good:
        notes = (armed.outcome, *notes)
    status = found.status if found else Status.NEVER
    built = state.history.built.get(row.unique_id)
    latest = state.history.latest.get(row.unique_id)
    running = status is Status.RUNNING
    passed, style = _checks(state, row.unique_id)
    return Face(
        row,
        kind=kind_of(asset),
        glyph=(spin(glyphs, now) if running else glyphs.status[status]) if found else "",
        word=word,
        notes=notes,
        style=_style(status, state, row.unique_id),
        checks=passed,
        checks_style=style,
        took=human_duration(built.duration) if built and not running else "",
        age=human_age(now - built.finished_at) if built and not running else "",
        run=found.run_id if found and found.run_id else latest.run_id if latest else "",
        inside=summary,
        lit=lit,
        is_marked=is_marked,
        is_edited=now - state.edited.get(row.unique_id, 0.0) < EDITED_SECONDS,
        armed=tuple(armed_pieces(state, row.unique_id, glyphs)),
    )


def _style(status: Status, state: WorkspaceState, unique_id: str) -> str:
    found = state.freshness.get(unique_id) if status is Status.SOURCE else None
    return VERDICT_STYLES[found.verdict] if found else status_style(status)


def armed_pieces(state: WorkspaceState, unique_id: str, glyphs: Glyphs) -> Iterator[Piece]:
    """What a save of an asset does by itself, and what came of the latest one."""
    found = state.armed.get(unique_id)
    if found is None:
        return
    yield (f" {glyphs.armed}{found.mode.value}", "mark")
    if found.outcome == "building":
        yield (" …", "dim")
    elif found.outcome and found.is_good:
        yield (f" {glyphs.status[Status.FRESH]}", "fresh")
    elif found.outcome:
        yield (f" {glyphs.status_failed}", "failed")


EDITED_SECONDS = 20.0
"""For how long an asset that was just edited is noted."""


def ticking(seconds: float) -> str:
    """How long something goes on already: tenths, so that it runs and does not flicker."""
    seconds = max(seconds, 0.0)
    return f"{seconds:.1f}s" if seconds < 60 else human_duration(seconds)


def spin(glyphs: Glyphs, now: float) -> str:
    """The spinner at a moment: ten frames a second."""
    return glyphs.spinner[int(now * 10) % len(glyphs.spinner)]


def kind_of(asset: Asset) -> str:
    """In one word: how a model is materialized, else the resource type."""
    if asset.resource_type == "model":
        return asset.materialized or "model"
    return asset.resource_type


def _words(
    asset: Asset, found: AssetStatus | None, state: WorkspaceState, now: float
) -> tuple[str, tuple[str, ...]]:
    if found is None:
        return ("", ())
    status = found.status
    word = "never" if status is Status.NEVER else status.value
    match status:
        case Status.STALE:
            kinds = list(dict.fromkeys(REASONS.get(r.kind, r.kind) for r in found.reasons))
            details = "; ".join(reason.detail for reason in found.reasons if reason.detail)
            return (word, (details, ", ".join(kinds), *kinds[:1]))
        case Status.RUNNING:
            return (f"running {ticking(now - found.since)}", ())
        case Status.FAILED:
            latest = state.history.latest.get(asset.unique_id)
            return (word, (gist(latest.message),) if latest else ())
        case Status.SKIPPED if found.because:
            name = name_of(state, found.because)
            return (word, (f"because of {name}", name))
        case Status.CHECKS_FAILED | Status.WARNED:
            return (word, (", ".join(_failing(state, asset.unique_id)),))
        case Status.SOURCE if asset.freshness or asset.unique_id in state.freshness:
            checked = state.freshness.get(asset.unique_id)
            if checked is None:
                return (word, freshness_words(None, now))
            said = (words.partition(": ")[2] for words in freshness_words(checked, now))
            return (VERDICTS[checked.verdict], tuple(filter(None, said)))
        case Status.EXPOSURE:
            return (asset.materialized or "exposure", ())
    return (word, ())


VERDICTS = {"pass": "fresh", "warn": "late", "error": "too old", "runtime error": "not readable"}
"""What dbt's verdicts on a source's freshness are called."""
VERDICT_STYLES = {"pass": "fresh", "warn": "warned", "error": "failed", "runtime error": "failed"}


def freshness_words(found: SourceFreshness | None, now: float) -> tuple[str, ...]:
    """What is known of a source's freshness, from long to short."""
    if found is None:
        return ("freshness never checked", "not checked")
    word = VERDICTS[found.verdict]
    loaded = f"loaded {human_age(now - found.loaded_at)} ago" if found.loaded_at else ""
    checked = f"checked {human_age(now - found.checked_at)} ago" if found.checked_at else ""
    said = [", ".join(part for part in (loaded, checked) if part), loaded, ""]
    return tuple(dict.fromkeys(f"{word}: {more}" if more else word for more in said))


def _failing(state: WorkspaceState, unique_id: str) -> Iterator[str]:
    for key in state.graph.checks_of.get(unique_id, ()):
        result = state.history.checks.get(key)
        if result and result.status not in ("pass", "skipped"):
            yield state.graph.checks[key].name


def _checks(state: WorkspaceState, unique_id: str) -> Piece:
    keys = state.graph.checks_of.get(unique_id, ())
    results = [state.history.checks[key].status for key in keys if key in state.history.checks]
    if not results:
        return (f"{len(keys)}" if keys else "", "faint")
    passed = sum(status == "pass" for status in results)
    text = f"{passed}/{len(keys)}"
    if any(status in ("fail", "error") for status in results):
        return (text, "checks-failed")
    return (text, "warned" if "warn" in results else "dim")


def _check_face(
    row: Row, state: WorkspaceState, glyphs: Glyphs, now: float, is_marked: bool
) -> Face:
    check = state.graph.checks.get(row.unique_id)
    result = state.history.checks.get(row.unique_id)
    kind = {"unit": "unit test", "singular": "test"}.get(check.kind, "check") if check else ""
    node = state.active.nodes.get(row.unique_id) if state.active else None
    if node and node.status == "running":
        word = f"running {ticking(now - node.started_at)}"
        return Face(row, kind, spin(glyphs, now), word, style="running", is_marked=is_marked)
    if node and node.status == "queued":
        glyph = glyphs.node["queued"]
        return Face(row, kind, glyph, "queued", style="queued", is_marked=is_marked)
    if result is None:
        glyph = glyphs.status[Status.NEVER]
        return Face(row, kind, glyph, "never", style="never", is_marked=is_marked)
    notes: tuple[str, ...] = ()
    if result.failures:
        notes = (plural(result.failures, "row"),)
    elif result.status in ("fail", "error"):
        notes = (gist(result.message),)
    return Face(
        row,
        kind,
        glyphs.node.get(result.status, glyphs.dot),
        CHECK_WORDS.get(result.status, result.status),
        notes,
        CHECK_STYLES.get(result.status, "skipped"),
        took=human_duration(result.duration),
        age=human_age(now - result.finished_at),
        run=result.run_id,
        is_marked=is_marked,
    )


def _summary(inside: Inside, glyphs: Glyphs, now: float) -> Iterator[Piece]:
    if inside.assets:
        yield (f" +{human_count(inside.assets)}", "dim")
    for count, glyph, style in (
        (inside.running, spin(glyphs, now), "running"),
        (inside.queued, glyphs.status[Status.QUEUED], "queued"),
        (inside.failed, glyphs.status[Status.FAILED], "failed"),
        (inside.stale, glyphs.status[Status.STALE], "stale"),
    ):
        if count:
            yield (f" {glyph}{human_count(count)}", style)


def first_line(text: str) -> str:
    """The first line of a message that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def gist(message: str) -> str:
    """The line of dbt's message that says what is wrong, not where: that is on the screen."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if len(lines) > 1 and WHERE.match(lines[0]):
        return lines[1]
    return lines[0] if lines else ""


def name_of(state: WorkspaceState, unique_id: str) -> str:
    """The name of an asset or check; of what is gone the last part of its unique_id."""
    known = state.graph.assets.get(unique_id) or state.graph.checks.get(unique_id)
    if known:
        return known.name
    parts = unique_id.split(".")
    # A generic test's unique_id ends with a hash: its name is the part before it.
    return parts[2] if parts[0] == "test" and len(parts) > 3 else parts[-1]


# ---------------------------------------------------------------- drawing


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
            pieces.append((_sized(text, width, right=right), style))
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


def size_of(pieces: Iterable[Piece]) -> int:
    """Cells that pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def fit(pieces: list[Piece], width: int) -> list[Piece]:
    """Pieces cut (with an ellipsis) or filled to exactly so many cells."""
    found: list[Piece] = []
    room = width
    for index, (text, style) in enumerate(pieces):
        size = cell_len(text)
        rest = any(more for more, _ in pieces[index + 1 :])
        if size < room or (size == room and not rest):
            found.append((text, style))
            room -= size
            continue
        found.append((set_cell_size(text, max(room - 1, 0)) + "…"[: max(room, 0)], style))
        return found
    if room > 0:
        found.append((" " * room, ""))
    return found


def _sized(text: str, width: int, *, right: bool = False) -> str:
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    return " " * (width - size) + text if right else text + " " * (width - size)
