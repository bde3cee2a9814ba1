"""What made a run fail, in a few lines that stay above its log. Pure.

dbt tells it in the middle of its log, between a stack trace and a summary of deprecations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tui.graph.unordered_sources import in_the_same_run, unordered_reads
from tui.runs.left_running import left_running_words
from tui.runs.values import NodeRun, Run
from tui.ui.panels.run_page import failed_nodes
from tui.ui.panels.sheet import link
from tui.ui.rows import gist, name_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

ENDED_BADLY = frozenset({"error", "failed"})
STOPPED = frozenset({"cancelled", "interrupted"})


def cause_lines(
    run: Run, state: WorkspaceState, glyphs: Glyphs, *, width: int, most: int
) -> list[Content]:
    """The lines that tell why a run fails, at most so many; none where it does not.

    What stopped the whole run is told in full, of each asset and check that failed one line. What a
    run that was stopped may have left behind is told quietly: it did not fail.
    """
    if run.status in STOPPED and (words := stopped_words(run)):
        return list(Content.styled(words, "$status-skipped").wrap(width))[:most]
    if run.message and run.status in ENDED_BADLY:
        sign = f"{glyphs.status_failed} "
        lines = Content.styled(run.message, "$status-failed").wrap(max(width - 2, 8))
        return [
            Content.styled(sign if place == 0 else "  ", "$status-failed") + line
            for place, line in enumerate(lines[:most])
        ]
    failed = failed_nodes(run)
    shown = failed if len(failed) <= most else failed[: max(most - 1, 1)]
    lines = [
        Content.assemble(*_node(node, state, glyphs)).truncate(width, ellipsis=True)
        for node in shown
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


def _unordered(run: Run, failed: Sequence[NodeRun], state: WorkspaceState) -> list[str]:
    """The sources that these nodes read and that the same run built, each told once."""
    told: dict[str, None] = {}
    for node in failed:
        check = state.graph.checks.get(node.unique_id)
        reader = check.asset if check is not None else node.unique_id
        for source, builder in unordered_reads(state.graph, reader):
            if builder.unique_id in run.nodes:
                told[in_the_same_run(source, builder)] = None
    return list(told)


def stopped_words(run: Run) -> str:
    """What there is to say about a run that was stopped; mostly nothing."""
    message = "" if run.message == "killed" else run.message
    return " ".join(part for part in (message, left_running_words(run)) if part)


def _node(
    node: NodeRun, state: WorkspaceState, glyphs: Glyphs
) -> Iterator[Content | tuple[str, str]]:
    name = name_of(state, node.unique_id)
    check = state.graph.checks.get(node.unique_id)
    yield (f"{glyphs.status_failed} ", "$status-failed")
    if check is not None:
        name = f"{name_of(state, check.asset)} {name}"
    yield link(name, f"screen.jump({node.unique_id!r})", "bold $status-failed")
    yield (f"  {gist(node.message)}", "")
    if node.path:
        place = f"{node.path}:{node.line}" if node.line else node.path
        yield (f"  {place}", "$dim")
