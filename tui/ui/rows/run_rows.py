"""How runs, and the nodes of one run, are drawn as lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tui.runs.plan import RunPlan
from tui.runs.values import BAD, WARNED, Run
from tui.text.formats import human_ago, human_duration, moment
from tui.ui.rows import spin, ticking
from tui.ui.rows.run_progress import counts_of, done_of, elapsed_of
from tui.ui.rows.run_waiting import waiting_line
from tui.ui.rows.segments import TextSegment, fit
from tui.ui.theme.glyphs import Glyphs

TextSegments = tuple[TextSegment, ...]


def style_of(status: str) -> str:
    """The style's name of a status of a run or a node: `partial success` is partial-success."""
    return status.replace(" ", "-")


def _cell(text: str, style: str, width: int, *, right: bool = False) -> list[TextSegment]:
    if right:
        text = text.rjust(width)
    return fit([(text, style)], width)


def run_line(run: Run, glyphs: Glyphs, *, width: int, now: float) -> TextSegments:
    """One run: status, id, what, when, how long, what came of it."""
    style = style_of(run.status)
    turning = run.status in ("running", "cancelling")
    glyph = spin(glyphs, now) if turning else glyphs.node.get(run.status, glyphs.dot)
    elapsed = elapsed_of(run, now)
    took = ticking(elapsed) if run.is_active else human_duration(elapsed)
    segments: list[TextSegment] = [(f" {glyph} ", style)]
    segments += _cell(run.run_id, "name", 6)
    segments += _cell(run.status, style, 12)
    tail: list[TextSegment] = []
    is_roomy = width >= 84
    if run.external and is_roomy:
        tail += _cell("elsewhere", "dim", 11)
    if width >= 70:
        tail += _cell("elsewhere" if run.external and not is_roomy else run.target, "dim", 10)
    if width >= 56:
        tail += _cell(moment(run.started_at, now) if run.started_at else "", "dim", 18)
    tail += _cell(took, "dim", 8, right=True)
    if is_roomy:
        tail += [("  ", ""), *_counts(run, glyphs, 24)]
    tail.append((" ", ""))
    rest = width - _width(segments) - _width(tail)
    what = run.command or f"{run.kind} {run.label}"
    if run.status == "waiting":
        what = waiting_line(run, now)
    elif run.external and width < 70:
        what = f"{glyphs.reference} {what}"
    return (*segments, *fit([(what, "command")], max(rest - 2, 1)), ("  ", ""), *tail)


def _counts(run: Run, glyphs: Glyphs, width: int) -> list[TextSegment]:
    counts = counts_of(run)
    segments: list[TextSegment] = []
    if run.is_active and counts:
        done, total = done_of(run)
        segments.append((f"{done:,}/{total:,} ", "running"))
    for statuses, key in (
        (("success", "pass", "no-op"), "success"),
        (tuple(WARNED), "warn"),
        (tuple(BAD), "error"),
        (("skipped",), "skipped"),
        (("cancelled", "interrupted"), "cancelled"),
    ):
        if count := sum(counts.get(status, 0) for status in statuses):
            segments.append((f"{glyphs.node[key]} {count:,}  ", key))
    return fit(segments, width)


def plan_line(
    plan: RunPlan, glyphs: Glyphs, *, width: int, now: float, waits_for_dbt: bool = False
) -> TextSegments:
    """A run that waits in this window."""
    segments: list[TextSegment] = [(f" {glyphs.node['queued']} ", "queued")]
    segments += _cell(plan.run_id, "name", 6)
    words = f"queued {glyphs.dot} waiting for dbt" if waits_for_dbt else "queued"
    segments += _cell(words, "queued", 26 if waits_for_dbt else 12)
    tail = _cell(f"asked {human_ago(now - plan.asked_at)}", "dim", 16, right=True)
    rest = width - _width(segments) - _width(tail) - 1
    return (*segments, *fit([(plan.dbt_line, "command")], max(rest, 1)), *tail, (" ", ""))


def _width(segments: Sequence[TextSegment]) -> int:
    return sum(len(text) for text, _ in segments)
