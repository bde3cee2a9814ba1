"""How runs, and the nodes of one run, are drawn as lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.runs.plan import RunPlan
from tui.runs.values import NodeRun, Run
from tui.text.formats import human_age, human_duration, moment
from tui.ui.rows import gist, name_of, spin, ticking
from tui.ui.rows.run_progress import BAD, counts_of, done_of, elapsed_of
from tui.ui.rows.run_waiting import waiting_line
from tui.ui.rows.segments import TextSegment, fit
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

TextSegments = tuple[TextSegment, ...]

ORDER: Mapping[str, int] = {
    "error": 0, "fail": 0, "runtime error": 0, "running": 1, "cancelled": 2, "interrupted": 2,
    "warn": 3, "skipped": 4,
}  # fmt: skip
"""What matters first among the nodes of a run; what went well comes in the order it ran."""
QUEUED = 9


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
    if width >= 70:
        tail += _cell(run.target, "dim", 10)
    if width >= 56:
        tail += _cell(moment(run.started_at, now) if run.started_at else "", "dim", 18)
    tail += _cell(took, "dim", 8, right=True)
    if width >= 84:
        tail += [("  ", ""), *_counts(run, glyphs, 24)]
    tail.append((" ", ""))
    rest = width - _width(segments) - _width(tail)
    what = run.command or f"{run.kind} {run.label}"
    if run.status == "waiting":
        what = waiting_line(run, now)
    return (*segments, *fit([(what, "command")], max(rest - 2, 1)), ("  ", ""), *tail)


def _counts(run: Run, glyphs: Glyphs, width: int) -> list[TextSegment]:
    counts = counts_of(run)
    segments: list[TextSegment] = []
    if run.is_active and counts:
        done, total = done_of(run)
        segments.append((f"{done:,}/{total:,} ", "running"))
    for statuses, key in (
        (("success", "pass", "no-op"), "success"),
        (("warn", "partial success"), "warn"),
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
    segments += _cell("queued", "queued", 12)
    if waits_for_dbt:
        segments += _cell("· waiting for dbt", "queued", 19)
    tail = _cell(f"asked {human_age(now - plan.asked_at)} ago", "dim", 16, right=True)
    rest = width - _width(segments) - _width(tail) - 1
    return (*segments, *fit([(plan.dbt_line, "command")], max(rest, 1)), *tail, (" ", ""))


def _width(segments: Sequence[TextSegment]) -> int:
    return sum(len(text) for text, _ in segments)


# ---------------------------------------------------------------- nodes of a run


@dataclass(frozen=True)
class Span:
    """The time that a timeline shows, in seconds since the epoch."""

    start: float
    end: float


def nodes_in_order(run: Run) -> list[NodeRun]:
    """The nodes of a run: failed, running, done, waiting."""
    return sorted(
        run.nodes.values(),
        key=lambda node: (
            QUEUED if node.status == "queued" else ORDER.get(node.status, 5),
            node.started_at,
            node.unique_id,
        ),
    )


def span_of(run: Run, now: float) -> Span:
    """From the start of the first node to the end of the last, or to now."""
    starts = [node.started_at for node in run.nodes.values() if node.started_at]
    ends = [node.finished_at for node in run.nodes.values() if node.finished_at]
    start = min(starts, default=run.started_at)
    end = now if run.is_active else max(ends, default=run.finished_at)
    return Span(start, max(end, start + 0.001))


def node_line(
    node: NodeRun, state: WorkspaceState, glyphs: Glyphs, span: Span, *, width: int, now: float
) -> TextSegments:
    """One asset or check in a run, with a bar for when it ran."""
    running = node.status == "running"
    style = style_of(node.status)
    glyph = spin(glyphs, now) if running else glyphs.node.get(node.status, glyphs.dot)
    segments: list[TextSegment] = [(f" {glyph} ", style)]
    name_width = max(min(44, width - 30), 12)
    is_check = node.unique_id in state.graph.checks
    name = name_of(state, node.unique_id)
    if is_check:
        owner = name_of(state, state.graph.checks[node.unique_id].asset)
        segments += fit([(f"{owner} ", "dim"), (name, "check")], name_width)
    else:
        segments += fit([(name, "name")], name_width)
    segments.append(("  ", ""))
    segments += _cell(node.status, style, 9)
    took = ""
    if running:
        took = ticking(now - node.started_at)
    elif node.duration or node.finished_at > node.started_at:
        took = human_duration(node.duration)
    segments += _cell(took, "dim", 8, right=True)
    rest = width - _width(segments) - 3
    if rest < 6:
        return tuple(segments)
    segments.append(("  ", ""))
    told = node.status in BAD or node.status in ("skipped", "warn")
    words = f"because of {name_of(state, node.skipped_because)}" if node.skipped_because else ""
    if told:
        segments += fit([(words or gist(node.message), "dim")], rest)
    else:
        segments += _bar(node, span, rest, style, now)
    return (*segments, (" ", ""))


def _bar(node: NodeRun, span: Span, width: int, style: str, now: float) -> list[TextSegment]:
    if not node.started_at:
        return [(" " * width, "")]
    scale = width / (span.end - span.start)
    end = node.finished_at or now
    left = min(max(int((node.started_at - span.start) * scale), 0), width - 1)
    right = min(max(round((end - span.start) * scale), left + 1), width)
    return [
        (" " * left, ""),
        ("━" * (right - left), style),
        (" " * (width - right), ""),
    ]
