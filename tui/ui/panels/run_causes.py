"""What made a run fail, in a few lines that stay above its log. Pure.

dbt tells it in the middle of its log, between a stack trace and a summary of deprecations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tui.graph.unordered_sources import in_the_same_run, unordered_reads
from tui.runs.left_running import stopped_words
from tui.runs.run_errors import RunError, errors_of, place_words
from tui.runs.values import Run
from tui.ui.panels.sheet import link
from tui.ui.rows import gist, name_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

ENDED_BADLY = frozenset({"error", "failed"})


def cause_lines(
    run: Run, state: WorkspaceState, glyphs: Glyphs, *, width: int, most: int
) -> list[Content]:
    """The lines that tell why a run fails, at most so many; none where it does not.

    What stopped the whole run is told in full, of each asset and check that failed one line: what
    others were skipped for first. What a run that was stopped may have left behind is told quietly:
    it did not fail.
    """
    if words := stopped_words(run):
        return list(Content.styled(words, "$status-skipped").wrap(width))[:most]
    if run.message and run.status in ENDED_BADLY:
        sign = f"{glyphs.status_failed} "
        lines = Content.styled(run.message, "$status-failed").wrap(max(width - 2, 8))
        return [
            Content.styled(sign if place == 0 else "  ", "$status-failed") + line
            for place, line in enumerate(lines[:most])
        ]
    failed = errors_of(run, state.graph)
    shown = failed if len(failed) <= most else failed[: max(most - 1, 1)]
    lines = [
        Content.assemble(*_error(error, state, glyphs)).truncate(width, ellipsis=True)
        for error in shown
    ]
    room = most - len(lines) - (len(failed) > len(shown))
    lines += [
        Content.styled(f"  {words}", "$status-warned").truncate(width, ellipsis=True)
        for words in _unordered(run, shown, state)[: max(room, 0)]
    ]
    if (more := len(failed) - len(shown)) and len(lines) < most:
        words = f"  +{more:,} more"
        lines.append(
            Content.styled(words, "$dim")
            + link(" in the run", f"screen.open_run({run.run_id!r})", "$accent-ink")
        )
    return lines


def _unordered(run: Run, failed: Sequence[RunError], state: WorkspaceState) -> list[str]:
    """The sources that what failed reads and that the same run built, each told once."""
    told: dict[str, None] = {}
    for error in failed:
        key = error.node.unique_id
        check = state.graph.checks.get(key)
        reader = check.asset if check is not None else key
        for source, builder in unordered_reads(state.graph, reader):
            if builder.unique_id in run.nodes:
                told[in_the_same_run(source, builder)] = None
    return list(told)


def _error(
    error: RunError, state: WorkspaceState, glyphs: Glyphs
) -> Iterator[Content | tuple[str, str]]:
    node = error.node
    name = name_of(state, node.unique_id)
    check = state.graph.checks.get(node.unique_id)
    yield (f"{glyphs.status_failed} ", "$status-failed")
    if check is not None:
        name = f"{name_of(state, check.asset)} {name}"
    yield link(name, f"screen.jump({node.unique_id!r})", "bold $status-failed")
    yield (f"  {gist(node.message)}", "")
    if where := place_words(node):
        yield (f"  {where}", "$dim")
    if error.unbuilt:
        yield (f"  {glyphs.node['skipped']} {error.unbuilt:,} skipped", "$status-skipped")
