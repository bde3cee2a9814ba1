"""The head of a run's page, and which of its nodes went wrong. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.runs.left_running import left_running_words
from tui.runs.plan import shortened
from tui.runs.values import BAD, NodeRun, Run
from tui.text.formats import moment
from tui.ui.panels.sheet import Sheet, link
from tui.ui.rows.run_progress import (
    STYLES,
    bar,
    done_of,
    outcome,
    run_glyph,
    time_left_words,
    took_words,
)
from tui.ui.rows.run_waiting import waiting_sentence
from tui.ui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.runs.time_left import RunEstimate


def run_head(
    run: Run,
    glyphs: Glyphs,
    *,
    width: int,
    now: float,
    lines: int | None = None,
    estimate: RunEstimate | None = None,
) -> Content:
    """Status, command, target, commit, times and counts; only the first lines where there is no
    room for more.
    """
    sheet = Sheet(width)
    done, total = done_of(run)
    style = STYLES.get(run.status, "$dim")
    parts: list[str | Content | tuple[str, str]] = [
        run_glyph(run, glyphs, now),
        (f" {run.status}", f"bold {style}"),
        (f"  {took_words(run, now)}  ", ""),
    ]
    if total and run.is_active:
        parts += [
            *bar(done, total, max(min(width - 50, 40), 8), glyphs),
            (f" {done:,}/{total:,}", ""),
        ]
        if left := time_left_words(estimate, now):
            parts.append(f" {glyphs.dot} {left}")
    parts += list(outcome(run, glyphs))
    sheet.line(*parts)
    if run.status == "waiting":
        sheet.paragraph(waiting_sentence(run, now), "$status-queued")
    if run.message:
        sheet.paragraph(run.message, style)
        if run.path:
            place = f"{run.path}:{run.line}" if run.line else run.path
            sheet.line(("at ", "$dim"), link(place, "screen.run_page_edit"))
    if words := left_running_words(run):
        sheet.paragraph(words, style)
    where = "  started elsewhere" if run.external else ""
    sheet.field("Command", shortened(run.command), (where, "$dim"))
    target = " · ".join(part for part in (run.target, run.adapter) if part)
    dbt = f"  dbt {run.dbt_version}" if run.dbt_version else ""
    commit = f"  commit {run.git_commit[:10]}" if run.git_commit else ""
    sheet.field("Target", target, (dbt, "$dim"), (commit, "$dim"))
    if run.tags:
        words = "  ".join(f"{key}={value}" for key, value in sorted(run.tags.items()))
        sheet.field("Tags", shortened(words))
    started = moment(run.started_at, now) if run.started_at else "not yet"
    if not run.was_started:
        sheet.field("Asked for", started)
    else:
        ended = f"  ended {moment(run.finished_at, now)}" if run.finished_at else ""
        sheet.field("Started", started, (ended, "$dim"))
    head = sheet.content()
    return head if lines is None else Content("\n").join(head.split("\n")[:lines])


def failed_nodes(run: Run) -> list[NodeRun]:
    """What went wrong, in the order in which it did."""
    bad = (node for node in run.nodes.values() if node.status in BAD)
    return sorted(bad, key=lambda node: (node.finished_at, node.unique_id))
