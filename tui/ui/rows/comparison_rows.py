"""How two runs are drawn side by side: a line for each asset or check. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tui.runs.comparison import NodeChange
from tui.runs.comparison_words import NOTHING, rows_words
from tui.text.formats import human_count, human_duration
from tui.ui.rows import name_of
from tui.ui.rows.run_rows import TextSegments, style_of
from tui.ui.rows.segments import TextSegment, fit, size_of, sized
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

NAME_LEAST, NAME_MORE = 14, 12
"""Cells of the name: the fewest, and those that it has before the columns that matter least."""
TOOK, RATIO, ROWS, TREND, ALSO = 16, 7, 20, 20, 22
"""Cells of the columns: durations then and now, their ratio, row counts, the trend, what else."""
WORD = 9
LEAST_BARS = 2
"""Fewer durations are no trend."""
STYLES = {
    "failed": "failed", "fixed": "success", "warned": "warn", "cancelled": "cancelled",
    "skipped": "skipped", "ran": "success",
    "slower": "warn", "faster": "success",
}  # fmt: skip
"""The style of a way in which a node differs; others have the name's."""


def columns_of(width: int) -> dict[str, int]:
    """The columns for which there is room, with their cells; the name gets what is left."""
    left = width - 3 - WORD - NAME_LEAST - 1
    found = {}
    for name, size, more in (
        ("took", TOOK, 0), ("rows", ROWS, 0), ("ratio", RATIO, NAME_MORE),
        ("trend", TREND, NAME_MORE), ("also", ALSO, NAME_MORE),
    ):  # fmt: skip
        if left >= size + 2 + more:
            found[name] = size
            left -= size + 2
    return {"name": min(NAME_LEAST + left, 52), **found}


def heads_line(width: int) -> str:
    """The names of the columns."""
    columns = columns_of(width)
    text = " " * 3 + "".ljust(WORD) + "".ljust(columns["name"])
    for name, words, right in (
        ("took", "took then → now", True),
        ("ratio", "", True),
        ("trend", "latest runs", False),
        ("rows", "rows then → now", True),
        ("also", "also", False),
    ):
        if name in columns:
            text += "  " + sized(words, columns[name], right=right)
    return text


def change_line(
    change: NodeChange, state: WorkspaceState, glyphs: Glyphs, *, width: int
) -> TextSegments:
    """One asset or check: in which way it differs, its name, times, trend and rows."""
    columns = columns_of(width)
    status = change.now.status if change.now is not None else ""
    word = change.kinds[0] if change.kinds else "same"
    segments: list[TextSegment] = [
        (f" {glyphs.node.get(status, glyphs.dot)} ", style_of(status)),
        *fit([(word, STYLES.get(word, "dim" if word == "same" else "name"))], WORD),
        *fit(_name(change, state), columns["name"]),
    ]
    for name, found, right in (
        ("took", _took(change), True),
        ("ratio", [(_ratio(change), "dim")], True),
        ("trend", [(bars_of(change.durations, glyphs), "dim")], False),
        ("rows", _rows(change), True),
        ("also", [(", ".join(change.kinds[1:]), "dim")], False),
    ):
        if name in columns:
            segments += [("  ", ""), *_placed(found, columns[name], right=right)]
    return (*segments, (" ", ""))


def bars_of(trend: Sequence[float], glyphs: Glyphs) -> str:
    """Durations as bars from nothing to the longest, the oldest first."""
    if len(trend) < LEAST_BARS:
        return ""
    high, steps = max(trend, default=0.0), len(glyphs.bars) - 1
    return "".join(
        glyphs.bars[min(round(seconds / high * steps), steps) if high > 0 else 0]
        for seconds in trend
    )


def _placed(segments: list[TextSegment], width: int, *, right: bool) -> list[TextSegment]:
    size = size_of(segments)
    if right and size < width:
        return [(" " * (width - size), ""), *segments]
    return fit(segments, width)


def _name(change: NodeChange, state: WorkspaceState) -> list[TextSegment]:
    name = name_of(state, change.unique_id)
    check = state.graph.checks.get(change.unique_id)
    if check is not None:
        return [(f"{name_of(state, check.asset)} ", "dim"), (name, "check")]
    return [(name, "name")]


def _took(change: NodeChange) -> list[TextSegment]:
    style = next((STYLES[kind] for kind in change.kinds if kind in ("slower", "faster")), "dim")
    before, after = (
        human_duration(seconds) if seconds is not None else NOTHING for seconds in change.seconds
    )
    if before != after:
        return [(f"{before} → ", "dim"), (after, style)]
    return [(before if before != NOTHING else "", "dim")]


def _ratio(change: NodeChange) -> str:
    if not change.slower_by or change.then is None or change.now is None:
        return ""
    before, after = change.then.duration, change.now.duration
    ratio = f"{after / before:.1f}x" if before > 0 else ""
    return ratio if ratio != "1.0x" else ""


def _rows(change: NodeChange) -> list[TextSegment]:
    before, after = change.rows_then, change.rows_now
    if before is None or after is None:
        return [("" if before == after else rows_words(change).removesuffix(" rows"), "dim")]
    if before == after:
        return [(human_count(after), "dim")]
    more = human_count(after - before)
    sign = "+" if after > before else ""
    return [(f"{human_count(before)} → {human_count(after)} ", ""), (f"{sign}{more}", "name")]
