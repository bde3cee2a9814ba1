"""The partitions of an asset in words, and all about one of them. Pure."""

from __future__ import annotations

from textual.content import Content

from tui.graph.partition_status import PartitionState, PartitionStates
from tui.text.formats import human_ago, human_count, human_duration, moment, plural
from tui.ui.panels.sheet import Sheet, link
from tui.ui.rows.partition_rows import PartitionRow
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState


def words_of(states: PartitionStates, glyphs: Glyphs) -> Content:
    """How many partitions are in each state: `12/30 materialized · ✗ 2 failed`."""
    parts: list[str | tuple[str, str]] = [(states.share, "bold"), " materialized"]
    for state, count in states.counts().items():
        if state is not PartitionState.MADE:
            sign = glyphs.partition[state.value]
            parts.append((f" {glyphs.dot} {sign} {count:,} {state.value}", "$dim"))
    return Content.assemble(*parts)


def partition_sheet(
    row: PartitionRow, state: WorkspaceState, width: int, window: str, now: float
) -> Content:
    """All about one partition: its window, and what runs left for each asset."""
    sheet = Sheet(width)
    sheet.line((row.key, "bold"), (f"  {row.state.value}", "$dim"))
    sheet.field("Window", window)
    for unique_id, record in row.records:
        asset = state.graph.assets.get(unique_id)
        sheet.heading(asset.name if asset else unique_id)
        for label, found in (("Latest", record.latest), ("Built", record.built)):
            if found is None or (label == "Built" and found is record.latest):
                continue
            age = human_ago(now - found.finished_at)
            sheet.field(label, f"{found.status} · {age} · {human_duration(found.duration)}")
            run = link(found.run_id, f"screen.open_run({found.run_id!r})", "$accent-ink")
            sheet.field("Run", run, (f"  {moment(found.finished_at, now)}", "$dim"))
            if found.rows is not None:
                sheet.field("Rows", f"{human_count(found.rows)} written")
            if found.status != "success" and found.message:
                sheet.paragraph(found.message, "$status-failed", indent=2)
    if not row.records:
        sheet.line((f"No run has made it on {state.target}. B makes it.", "$dim"))
    return sheet.content()


def in_runs(keys: int, runs: int, word: str = "partitions") -> str:
    """`5 partitions in 2 runs`; `word` is that of `partitioned.word_of`."""
    from tui.runs.partitioned import counted  # not before something has partitions

    return f"{counted(keys, word)} in {plural(runs, 'run')}"
