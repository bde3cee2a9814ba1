"""What a run says of itself in one line: how far it is, what came of it, how long. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from tui.runs.values import BAD, GOOD, WARNED, Run
from tui.text.formats import human_duration, plural
from tui.ui.rows import spin, ticking
from tui.ui.rows.run_waiting import waiting_brief
from tui.ui.rows.segments import TextSegment
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.runs.time_left import RunEstimate

STYLES = {
    "queued": "$status-queued",
    "waiting": "$status-queued",
    "running": "$status-running",
    "cancelling": "$status-stale",
    "success": "$status-fresh",
    "failed": "$status-failed",
    "error": "$status-failed",
    "cancelled": "$status-skipped",
    "interrupted": "$status-skipped",
}
"""Theme variables by the status of a run."""
WORTH_TELLING = 1.0
"""Seconds from which on it is told that a run waited."""


@lru_cache(maxsize=8)
def counts_of(run: Run) -> Mapping[str, int]:
    """How many nodes have each status. Runs are values that compare by identity, and a title asks
    ten times a second: counted once for each state of a run.
    """
    return run.counts()


def done_of(run: Run) -> tuple[int, int]:
    """How many nodes are done, of how many."""
    counts = counts_of(run)
    total = sum(counts.values())
    return total - counts.get("queued", 0) - counts.get("running", 0), total


def elapsed_of(run: Run, now: float) -> float:
    """Seconds from its start to its end, or to now, without those that it waited."""
    return run.elapsed_by(now)


def took_words(run: Run, now: float) -> str:
    """How long it has taken, and how long it waited apart from that: `2.1s · waited 50s`."""
    if not run.was_started:
        return ""
    elapsed = elapsed_of(run, now)
    took = ticking(elapsed) if run.is_active else human_duration(elapsed)
    waited = waited_words(run, now)
    if run.status == "waiting":
        return waited
    return f"{took} · {waited}" if waited else took


def waited_words(run: Run, now: float) -> str:
    """How long it waited for another run or process; empty where that is not worth telling."""
    waited = run.waited_by(now)
    if waited < WORTH_TELLING:
        return ""
    return f"waited {round(waited)}s" if waited < 59.5 else f"waited {human_duration(waited)}"


def time_left_words(estimate: RunEstimate | None, now: float, *, is_brief: bool = False) -> str:
    """`12s left`, `longer than usual (12s, usually 5s)`; empty where nothing is known of it."""
    left = estimate.seconds_left(now) if estimate is not None else None
    if estimate is None or left is None:
        return ""
    if late := estimate.overdue:
        taken, usual = whole_seconds(now - late.started_at), whole_seconds(late.usual)
        return "longer than usual" + ("" if is_brief else f" ({taken}, usually {usual})")
    whole = math.ceil(left)
    return f"{whole_seconds(whole)} left" if whole else "finishing"


def whole_seconds(seconds: float) -> str:
    """A time without parts of a second, where it is not shorter than one."""
    if not 1 <= seconds < 60:
        return human_duration(seconds)
    return f"{round(seconds)}s"


def bar(done: int, total: int, width: int, glyphs: Glyphs) -> list[TextSegment]:
    """A bar of progress of so many cells."""
    filled = round(width * done / total) if total else 0
    return [
        (glyphs.done * filled, "$accent-ink"),
        (glyphs.todo * (width - filled), "$rule"),
    ]


def outcome(run: Run, glyphs: Glyphs) -> Iterator[TextSegment]:
    """The counts of a run: passed, warned, failed, skipped, as far as there are any."""
    counts = counts_of(run)
    for statuses, glyph, style in (
        (GOOD, glyphs.node["success"], "$status-fresh"),
        (WARNED, glyphs.node["warn"], "$status-warned"),
        (BAD, glyphs.node["error"], "$status-failed"),
        ({"skipped"}, glyphs.node["skipped"], "$status-skipped"),
        ({"cancelled", "interrupted"}, glyphs.node["cancelled"], "$status-skipped"),
    ):
        if count := sum(counts.get(status, 0) for status in statuses):
            yield (f"  {glyph} {count:,}", style)


def run_glyph(run: Run, glyphs: Glyphs, now: float) -> TextSegment:
    """The sign of a run's status, with its style."""
    style = STYLES.get(run.status, "$dim")
    if run.status in ("running", "cancelling"):
        return (spin(glyphs, now), style)
    return (glyphs.node.get(run.status, glyphs.dot), style)


def headline(
    run: Run,
    glyphs: Glyphs,
    *,
    now: float,
    bar_width: int = 12,
    estimate: RunEstimate | None = None,
    is_brief: bool = False,
) -> Content:
    """A run in a line: `⠙ c0de build +orders  ━━━━━━━━ 5/8 · 12s left  ✓ 4  ✗ 1  3.1s`."""
    done, total = done_of(run)
    parts: list[str | TextSegment] = [
        run_glyph(run, glyphs, now),
        (f" {run.run_id}", "bold"),
        (f" {run.kind} {run.label}".rstrip(), ""),
    ]
    if run.status == "waiting":
        parts.append((f"  {waiting_brief(run, now)}", "$status-queued"))
    elif not run.is_active:
        parts.append((f"  {run.status}", STYLES.get(run.status, "$dim")))
    elif run.status == "cancelling":
        parts.append(("  cancelling", "$status-stale"))
    if total and run.is_active and run.status != "waiting":
        parts += [
            ("  ", ""),
            *bar(done, total, bar_width, glyphs),
            (f" {done:,}/{total:,}", "$dim"),
        ]
        if left := time_left_words(estimate, now, is_brief=is_brief):
            parts.append((f" {glyphs.dot} {left}", ""))
    parts += list(outcome(run, glyphs))
    parts.append((f"  {took_words(run, now)}", "$dim"))
    return Content.assemble(*parts)


def waiting_words(state: WorkspaceState) -> str:
    """What is being started, what waits and what else goes on, in words:
    `build all is starting · 1 run queued: …`. What matters least is cut first.
    """
    words = ["waiting for dbt"] if state.waits_for_dbt else []
    plan = state.starting_plan
    if plan is not None and not any(run.run_id == plan.run_id for run in state.runs):
        words.append(f"{plan.command} {plan.label} is starting")
    if state.queue:
        labels = ", ".join(f"{plan.command} {plan.label}" for plan in state.queue)
        words.append(f"{plural(len(state.queue), 'run')} queued: {labels}")
    others = [f"{run.kind} {run.label}" for run in state.runs if run.is_active][1:]
    if others:
        words.append(f"also running: {', '.join(others)}")
    return " · ".join(words)
