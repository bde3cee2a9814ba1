"""What the top line says: project, target, counts, and what the engine is doing. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.style import Style

from tui.graph import Status
from tui.graph.summary import StatusCounts
from tui.project.production import looks_like_production
from tui.text.formats import human_duration, plural
from tui.ui.rows import spin, status_style
from tui.ui.rows.run_progress import done_of, run_glyph, time_left_words, whole_seconds
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

TextSegment = tuple[str, str]

ROOMY = 110
"""Cells from which there is room for all about the time that a run takes."""
SHORT = {Status.NEVER: "never built", Status.CHECKS_FAILED: "checks failed"}


def top_line(
    state: WorkspaceState,
    counts: StatusCounts,
    glyphs: Glyphs,
    *,
    width: int,
    now: float,
    where: str = "",
    is_leaving: bool = False,
) -> Content:
    """The header, cut to a width: what matters least gives way first. `is_leaving`: dbtree quits as
    soon as nothing runs.
    """
    right = list(phase_words(state, glyphs, now, width))
    left: list[TextSegment] = [
        ("dbtree", "bold $accent-ink"),
        ("  ", ""),
        (state.project.name, "bold"),
    ]
    if where:
        left += [(f"  {glyphs.folded} ", "$faint"), (where, "")]
    left.append(("  ", ""))
    badge_at = len("".join(text for text, _ in left))
    left += _badge(state)
    if is_leaving:
        left.append((" quits when done", "$status-stale"))
    middle = list(_counts(state, counts, glyphs))
    while middle and _size(left) + _size(middle) + _size(right) + 4 > width:
        middle.pop()
    if _size(left) + _size(right) + 2 > width:
        right = right[:1] if _size(left) + _size(right[:1]) + 2 <= width else []
    gap = max(width - _size(left) - _size(middle) - _size(right), 1)
    line = Content.assemble(*left, *middle, (" " * gap, ""), *right)
    # A click on the target is as the key that chooses another one.
    end = len("".join(text for text, _ in left))
    line = line.stylize(Style.from_meta({"@click": "app.target"}), badge_at, end)
    return line.truncate(max(width, 1), ellipsis=True)


def _size(segments: list[TextSegment]) -> int:
    return Content("".join(text for text, _ in segments)).cell_length


def _badge(state: WorkspaceState) -> Iterator[TextSegment]:
    target = state.target
    adapter = state.engine.adapter if state.engine else ""
    words = "·".join(part for part in (target, adapter) if part)
    if words:
        danger = looks_like_production(target)
        yield (f" {words} ", "bold $badge-text on $badge-danger" if danger else "on $badge-calm")
    if state.preparing:
        yield (f" defer {state.preparing} …", "$dim")
    elif state.deferral:
        yield (f" defer {state.deferral.where}", "$accent-ink")
    if state.project.readonly:
        yield (" read-only", "$status-stale")


def _counts(state: WorkspaceState, counts: StatusCounts, glyphs: Glyphs) -> Iterator[TextSegment]:
    if not state.graph:
        return
    yield (f"   {plural(len(state.graph), 'asset')}", "$dim")
    if state.graph.provisional:
        yield ("  provisional", "$faint")
    for status, count in counts.worth_telling():
        word = SHORT.get(status, status.value)
        yield (
            f"  {glyphs.status[status]} {count:,} {word}",
            f"$status-{status_style(status)}",
        )
    if count := warning_count(state):
        yield (f"  {plural(count, 'warning')}", "$dim")


def warning_count(state: WorkspaceState) -> int:
    """How many things dbt warns of, in its parses and in the latest runs."""
    return len(state.warnings) + len(state.run_warnings)


def phase_words(
    state: WorkspaceState, glyphs: Glyphs, now: float, width: int = ROOMY
) -> Iterator[TextSegment]:
    """What the engine is doing, in words; before it how far the active run is."""
    progress = state.progress
    yield from _active_run(state, glyphs, now, width)
    match state.phase:
        case "ready" if state.problems:
            yield (f"{plural(len(state.problems), 'problem')}", "bold $status-failed")
            yield (" · watching", "$dim")
        case "ready":
            yield ("watching", "$status-fresh")
            if count := len(state.uncompilable):
                words = "does not compile" if count == 1 else "do not compile"
                yield (f" · {glyphs.status_failed} {count:,} {words}", "$status-failed")
            elif state.parsed_in and state.active is None:
                yield (f" · parsed {human_duration(state.parsed_in)}", "$dim")
        case "reparsing":
            yield (f"{spin(glyphs, now)} parsing", "$status-running")
        case "gone":
            yield ("no engine", "bold $status-failed")
        case "starting" | "restarting" if progress is None:
            word = "starting dbt" if state.phase == "starting" else "restarting dbt"
            yield (f"{spin(glyphs, now)} {word}", "$status-running")
        case _:
            word = progress.phase if progress and progress.phase else "parsing"
            yield (f"{spin(glyphs, now)} {word}", "$status-running")
            if progress and progress.total:
                yield (f" {progress.done:,} of {progress.total:,}", "$dim")
            if progress and progress.left >= 1:
                yield (f" · {whole_seconds(progress.left)} left", "$dim")


def _active_run(
    state: WorkspaceState, glyphs: Glyphs, now: float, width: int
) -> Iterator[TextSegment]:
    run = state.active
    if run is None:
        return
    done, total = done_of(run)
    words = [f"{done:,}/{total:,}"] if total else [run.status]
    if left := time_left_words(state.estimates.get(run.run_id), now, is_brief=width < ROOMY):
        words.append(left)
    sign, style = run_glyph(run, glyphs, now)
    yield (f"{sign} {f' {glyphs.dot} '.join(words)}", style)
    yield ("  ", "")


def is_busy(state: WorkspaceState) -> bool:
    """Whether the phase has a spinner."""
    return state.phase in ("starting", "parsing", "reparsing", "restarting")
