"""How runs, and the nodes of one run, are drawn as lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui.runs.plan import RunPlan
from tui.runs.values import BAD, GOOD, STOPPED, WARNED, Run
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
    took = took if run.was_started else ""
    segments: list[TextSegment] = [(f" {glyph} ", style)]
    segments += _cell(run.run_id, "name", 6)
    segments += _cell(run.status, style, 12)
    tail: list[TextSegment] = []
    is_roomy = width >= 84
    if run.external and is_roomy:
        tail += _cell("elsewhere", "dim", 11)
    if width >= 70:
        tail += _cell("elsewhere" if run.external and not is_roomy else run.target, "dim", 10)
    when = moment(run.started_at, now) if run.started_at else ""
    if is_roomy:
        tail += _cell(when, "dim", 18)
    elif width >= 56:
        tail += _cell(when[5:10] if "-" in when else when, "dim", 9)  # the day, or the time of it
    tail += _cell(took, "dim", 8, right=True)
    if is_roomy:
        tail += [("  ", ""), *_counts(run, glyphs, 24)]
    elif width >= 56:
        tail += [("  ", ""), *_worst(run, glyphs, 8)]
    tail.append((" ", ""))
    rest = width - _width(segments) - _width(tail)
    what = run.command or f"{run.kind} {run.label}"
    if run.status == "waiting":
        what = waiting_line(run, now)
    elif run.external and width < 70:
        what = f"{glyphs.reference} {what}"
    room = max(rest - 2, 1)
    if len(what) > room:
        what = what.replace(" --select ", " ", 1)  # what was built tells runs apart
    return (*segments, *fit([(what, "command")], room), ("  ", ""), *tail)


def _counts(run: Run, glyphs: Glyphs, width: int) -> list[TextSegment]:
    segments = [(f"{glyphs.node[key]} {count:,}  ", key) for key, count in _counted(run)]
    done, total = done_of(run)
    if run.is_active and total:
        segments.insert(0, (f"{done:,}/{total:,} ", "running"))
    return fit(segments, width)


def _worst(run: Run, glyphs: Glyphs, width: int) -> list[TextSegment]:
    """How far a run is, or the count that matters most of one that is over."""
    if run.is_active:
        done, total = done_of(run)
        words = f"{done:,}/{total:,}" if total else ""
        return fit(
            [(words if len(words) <= width else f"{done * 100 // total}%", "running")], width
        )
    counts = dict(_counted(run))
    key = next((key for key in ("error", "warn", "cancelled", "success") if key in counts), "")
    return fit([(f"{glyphs.node[key]} {counts[key]:,}", key)] if key else [], width)


def _counted(run: Run) -> Iterator[tuple[str, int]]:
    """How many nodes ended well, with a warning, badly, not at all, as far as there are any."""
    counts = counts_of(run)
    for statuses, key in (
        (GOOD, "success"), (WARNED, "warn"), (BAD, "error"), ({"skipped"}, "skipped"),
        (STOPPED, "cancelled"),
    ):  # fmt: skip
        if count := sum(counts.get(status, 0) for status in statuses):
            yield key, count


def plan_line(
    plan: RunPlan,
    glyphs: Glyphs,
    *,
    width: int,
    now: float,
    waits_for_dbt: bool = False,
    is_starting: bool = False,
    waits_for: str = "",
) -> TextSegments:
    """A run that waits in this window, or that is being started; `waits_for` is who is in its way
    by a limit of what goes on at once.
    """
    segments: list[TextSegment] = [(f" {glyphs.node['queued']} ", "queued")]
    segments += _cell(plan.run_id, "name", 6)
    words = f"queued {glyphs.dot} waiting for dbt" if waits_for_dbt else "queued"
    if is_starting:
        words = "starting"
    segments += _cell(words, "queued", max(len(words) + 2, 12))
    tail = _cell(f"asked {human_ago(now - plan.asked_at)}", "dim", 16, right=True)
    rest = width - _width(segments) - _width(tail) - 1
    what = f"waiting for {waits_for}" if waits_for and not is_starting else plan.dbt_line
    return (*segments, *fit([(what, "command")], max(rest, 1)), *tail, (" ", ""))


def _width(segments: Sequence[TextSegment]) -> int:
    return sum(len(text) for text, _ in segments)
