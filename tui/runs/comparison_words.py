"""What differs between two runs, in words: the same on the screen and in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tui.runs.comparison import NodeChange
from tui.text.formats import human_count, human_duration, plural

NOTHING = "–"
"""What stands for a value that one of the runs does not have."""
GROUPS = {
    "failed": "Failed now, not then",
    "fixed": "Failed then, not now",
    "warned": "Warned now, not then",
    "cancelled": "Cancelled now, not then",
    "skipped": "Skipped now, not then",
    "ran": "Ran now, not then",
    "new": "New",
    "gone": "Gone",
    "rows": "Other row counts",
    "code": "Other code",
    "config": "Other configuration",
    "inputs": "Other inputs",
    "compiled": "Other compiled SQL",
    "slower": "Slower",
    "faster": "Faster",
}
"""Headings by the most telling way in which a node differs, in the order of KINDS."""


def change_words(change: NodeChange) -> Iterator[str]:
    """The ways in which a node differs, in a few words each."""
    then, now = change.then, change.now
    told: list[str] = []
    for kind in change.kinds:
        match kind:
            case "failed" | "fixed" | "warned" | "cancelled" | "skipped" | "ran" if then and now:
                words = f"{then.status} → {now.status}"
                if words not in told:
                    told.append(words)
                    yield words
            case "failed" if now is not None:
                yield now.status
            case "slower" | "faster":
                yield duration_words(change)
            case "rows":
                yield rows_words(change)
            case "new" | "gone" | "code" | "config" | "inputs" | "compiled":
                yield kind


def duration_words(change: NodeChange) -> str:
    """How long it took then and now: `0.21s → 1.40s (6.7x)`; of one run only `0.21s → –`."""
    before, after = change.seconds
    if before is None and after is None:
        return ""
    if before is None or after is None:
        return " → ".join(NOTHING if it is None else human_duration(it) for it in (before, after))
    if human_duration(before) == human_duration(after):
        return human_duration(after)
    ratio = f" ({after / before:.1f}x)" if before > 0 else ""
    return f"{human_duration(before)} → {human_duration(after)}{ratio}"


def rows_words(change: NodeChange) -> str:
    """How many rows there were then and now: `1.2k → 1.3k rows (+100)`; where only one run knows,
    `1.2k → – rows`.
    """
    if change.rows_then is None and change.rows_now is None:
        return ""
    if change.rows_then is None or change.rows_now is None:
        both = (change.rows_then, change.rows_now)
        return " → ".join(NOTHING if it is None else human_count(it) for it in both) + " rows"
    more = change.rows_now - change.rows_then
    if not more:
        return plural(change.rows_now, "row")
    return f"{human_count(change.rows_then)} → {human_count(change.rows_now)} rows ({more:+,})"
