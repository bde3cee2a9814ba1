"""What a row says, gathered from the state. Two contents are equal when nothing on the screen would
differ. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui.graph import AssetStatus, Status, told_attempt
from tui.protocol.plain import plain
from tui.text.formats import human_age, human_duration, plural
from tui.tree import Row, RowKind
from tui.tree.asset_tree import Inside
from tui.ui.rows.asset_text import CHECK_WORDS, REASONS, gist, kind_of, status_words, ticking
from tui.ui.rows.partition_rows import tree_segments
from tui.ui.rows.segments import TextSegment
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

EDITED_SECONDS = 20.0
"""For how long an asset that was just edited is noted."""
CHECK_STYLES = {"pass": "fresh", "fail": "failed", "error": "failed", "warn": "warned"}
VERDICT_STYLES = {"pass": "fresh", "warn": "warned", "error": "failed", "runtime error": "failed"}


@plain(frozen=True, slots=True)
class RowContent:
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
    inside: tuple[TextSegment, ...] = ()
    lit: str = ""
    """upstream or downstream of the cursor, or neither."""
    is_marked: bool = False
    is_edited: bool = False
    armed: tuple[TextSegment, ...] = ()
    """What a save does, and what came of the latest one."""
    compiles: bool = True
    """Whether its code compiles, as far as that is known."""
    partitions: tuple[TextSegment, ...] = ()
    """How the partitions are: a bar, and their share."""
    git: tuple[TextSegment, ...] = ()
    """How the branch changes it: a letter."""
    selected: bool | None = None
    """Whether a selection that is being typed selects it; None where none is."""
    hidden_selected: int = 0
    """How many that it selects are folded away under the row."""
    hidden_marks: int = 0
    """How many marked ones are."""
    briefs: tuple[str, ...] = ()
    """What stands for the word where no note has room, from long to short."""


def status_style(status: Status) -> str:
    """The style of a status: `checks failed` is `checks-failed`."""
    return "never" if status is Status.NEVER else status.value.replace(" ", "-")


def row_content(
    row: Row,
    state: WorkspaceState,
    glyphs: Glyphs,
    *,
    now: float,
    lit: str = "",
    inside: Inside | None = None,
    is_marked: bool = False,
) -> RowContent:
    """The content of a row at a moment (`now`, in seconds since the epoch)."""
    summary = tuple(_summary(inside, glyphs, now)) if inside else ()
    if row.kind is RowKind.CHECK:
        return _check_content(row, state, glyphs, now, is_marked)
    asset = state.graph.assets.get(row.unique_id)
    if asset is None:
        return RowContent(row, inside=summary)
    if row.kind is RowKind.REFERENCE:
        return RowContent(row, lit=lit, is_marked=is_marked)
    found = state.statuses.get(row.unique_id)
    word, notes = status_words(asset, found, state, now)
    if notes and notes[-1] == REASONS["upstream"]:
        notes = (*notes, glyphs.upstream)  # where even the word has no room
    armed = state.armed.get(row.unique_id)
    if armed is not None and not armed.is_good:
        notes = (armed.outcome, *notes)
    status = found.status if found else Status.NEVER
    running = status is Status.RUNNING
    # A row tells of one attempt: that of its status. What waits or runs has none to tell of yet.
    is_busy = running or status is Status.QUEUED
    attempt = None if is_busy else told_attempt(state.history, row.unique_id)
    passed, style = _checks(state, row.unique_id)
    return RowContent(
        row,
        kind=kind_of(asset),
        glyph=(spin(glyphs, now) if running else glyphs.status[status]) if found else "",
        word=word,
        notes=notes,
        briefs=briefs_of(found, glyphs) if found else (),
        style=_style(status, state, row.unique_id),
        checks=passed,
        checks_style=style,
        took=human_duration(attempt.duration) if attempt and attempt.duration else "",
        age=human_age(now - attempt.finished_at) if attempt else "",
        run=found.run_id if found else "",
        inside=summary,
        lit=lit,
        is_marked=is_marked,
        is_edited=now - state.edited.get(row.unique_id, 0.0) < EDITED_SECONDS,
        armed=tuple(armed_segments(state, row.unique_id, glyphs)),
        git=git_segments(state, row.unique_id),
        partitions=tree_segments(state, row.unique_id, glyphs),
        compiles=row.unique_id not in state.uncompilable,
    )


def git_segments(state: WorkspaceState, unique_id: str) -> tuple[TextSegment, ...]:
    """The letter of how the branch changes an asset; dim where that is committed."""
    found = state.changed.get(unique_id)
    if found is None:
        return ()
    return ((f" {found.letter}", "dim" if found.is_committed else f"git-{found.word}"),)


def briefs_of(found: AssetStatus, glyphs: Glyphs) -> tuple[str, ...]:
    """Short words for what is stale beside its status: `checks+stale`, `checks ◐`."""
    if found.also is not Status.STALE:
        return ()
    word = "checks" if found.status is Status.CHECKS_FAILED else found.status.value
    return (f"{word}+{Status.STALE.value}", f"{word} {glyphs.status[Status.STALE]}")


def _style(status: Status, state: WorkspaceState, unique_id: str) -> str:
    found = state.freshness.get(unique_id) if status is Status.SOURCE else None
    return VERDICT_STYLES[found.verdict] if found else status_style(status)


def armed_segments(state: WorkspaceState, unique_id: str, glyphs: Glyphs) -> Iterator[TextSegment]:
    """What a save of an asset triggers, and the outcome of the latest one."""
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


def spin(glyphs: Glyphs, now: float) -> str:
    """The spinner at a moment: ten frames a second."""
    return glyphs.spinner[int(now * 10) % len(glyphs.spinner)]


def _checks(state: WorkspaceState, unique_id: str) -> TextSegment:
    keys = state.graph.checks_of.get(unique_id, ())
    results = [state.history.checks[key].status for key in keys if key in state.history.checks]
    if not results:
        return (f"{len(keys)}" if keys else "", "faint")
    passed = sum(status == "pass" for status in results)
    text = f"{passed}/{len(keys)}"
    if any(status in ("fail", "error") for status in results):
        return (text, "checks-failed")
    return (text, "warned" if "warn" in results else "dim")


def _check_content(
    row: Row, state: WorkspaceState, glyphs: Glyphs, now: float, is_marked: bool
) -> RowContent:
    check = state.graph.checks.get(row.unique_id)
    result = state.history.checks.get(row.unique_id)
    kind = {"unit": "unit test", "singular": "test"}.get(check.kind, "check") if check else ""
    node = state.active.nodes.get(row.unique_id) if state.active else None
    if node and node.status == "running":
        word = f"running {ticking(now - node.started_at)}"
        return RowContent(row, kind, spin(glyphs, now), word, style="running", is_marked=is_marked)
    if node and node.status == "queued":
        glyph = glyphs.node["queued"]
        return RowContent(row, kind, glyph, "queued", style="queued", is_marked=is_marked)
    if result is None:
        glyph = glyphs.status[Status.NEVER]
        return RowContent(row, kind, glyph, "never", style="never", is_marked=is_marked)
    notes: tuple[str, ...] = ()
    if result.failures:
        notes = (plural(result.failures, "row"),)
    elif result.status in ("fail", "error"):
        notes = (gist(result.message),)
    return RowContent(
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


def _summary(inside: Inside, glyphs: Glyphs, now: float) -> Iterator[TextSegment]:
    if inside.assets:
        yield (f" +{inside.assets:,}", "dim")
    for count, glyph, style in (
        (inside.running, spin(glyphs, now), "running"),
        (inside.queued, glyphs.status[Status.QUEUED], "queued"),
        (inside.failed, glyphs.status[Status.FAILED], "failed"),
        (inside.stale, glyphs.status[Status.STALE], "stale"),
    ):
        if count:
            yield (f" {glyph}{count:,}", style)
