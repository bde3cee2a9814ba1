"""The history of an asset: one line per materialization, with what changed since the one before.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.graph.history import Materialization
from tui.graph.input_reasons import input_reasons
from tui.graph.staleness import config_difference
from tui.text.formats import human_count, human_duration, moment
from tui.ui.rows import gist
from tui.ui.rows.segments import TextSegment, fit
from tui.ui.theme.glyphs import Glyphs


@dataclass(frozen=True, slots=True)
class Entry:
    """One materialization, and what it changed."""

    record: Materialization
    rows_before: int | None
    changes: tuple[TextSegment, ...]


def entries(records: Sequence[Materialization]) -> list[Entry]:
    """The records (newest first) with what each changed, compared with the success before it."""
    found = []
    before: Materialization | None = None
    for record in reversed(records):
        if record.status != "success":
            found.append(Entry(record, None, ((gist(record.message), "failed"),)))
            continue
        changes = changes_between(before, record) if before else ()
        found.append(Entry(record, before.counted if before else None, tuple(changes)))
        before = record
    return found[::-1]


def changes_between(before: Materialization, after: Materialization) -> list[TextSegment]:
    """What differs: the columns, the code, the configuration."""
    changes = column_changes(before.columns, after.columns)
    was, now = before.fingerprint, after.fingerprint
    if was.code != now.code and was.code and now.code:
        changes.append(("SQL", "changed"))
    elif was.sql != now.sql and was.sql and now.sql:
        changes.append(("comments or layout", "dim"))
    if was.config and now.config and (said := config_difference(was.config, now.config)):
        changes.append((said, "changed"))
    inputs = input_reasons(was.inputs, now.inputs, ("", ""), rendered=True)
    changes += [(reason.detail, "changed") for reason in inputs if reason.kind == "input"]
    if was.seed != now.seed and was.seed and now.seed:
        changes.append(("seed file", "changed"))
    if dict(before.macros) != dict(after.macros) and before.macros:
        keys = sorted(
            key.rpartition(".")[2]
            for key in before.macros.keys() | after.macros.keys()
            if before.macros.get(key) != after.macros.get(key)
        )
        changes.append((f"macro {', '.join(keys)}", "changed"))
    return changes


def column_changes(
    before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]
) -> list[TextSegment]:
    """Columns that came, went, or changed their type; nothing where one side is not known."""
    if not before or not after:
        return []
    was, now = dict(before), dict(after)
    changes = [(f"+{name}", "added") for name in now if name not in was]
    changes += [(f"-{name}", "removed") for name in was if name not in now]
    changes += [
        (f"{name} {was[name].lower()} → {now[name].lower()}", "changed")
        for name in now
        if name in was and was[name] != now[name]
    ]
    return changes


def entry_line(entry: Entry, glyphs: Glyphs, *, width: int, now: float) -> tuple[TextSegment, ...]:
    """One line: run, when, status, duration, rows with their difference, changes."""
    record = entry.record
    style = record.status.replace(" ", "-")
    segments: list[TextSegment] = [(f" {glyphs.node.get(record.status, glyphs.dot)} ", style)]
    segments += fit([(record.run_id, "name")], 6)
    if width >= 60:
        segments += fit([(moment(record.finished_at, now), "dim")], 18)
    segments += fit([(record.status, style)], 12)
    segments += fit([(f"{human_duration(record.duration):>7}", "dim")], 9)
    counted = record.counted if record.status == "success" else None
    segments += fit([(f"{counted:,}".rjust(11) if counted is not None else "", "plain")], 12)
    segments += fit([_difference(entry)], 8)
    rest = width - sum(len(text) for text, _ in segments)
    words: list[TextSegment] = []
    for change in entry.changes:
        words += [("  ", ""), change]
    return (*segments, *fit(words, max(rest, 0)))


def _difference(entry: Entry) -> TextSegment:
    counted, before = entry.record.counted, entry.rows_before
    if counted is None or before is None:
        return "", ""
    if counted == before:
        return "=", "dim"
    sign = "+" if counted > before else ""
    return f"{sign}{human_count(counted - before)}", "added" if counted > before else "removed"


def series(records: Sequence[Materialization]) -> tuple[list[float], list[float]]:
    """Durations and row counts of the successes, the oldest first."""
    good = [record for record in reversed(records) if record.status == "success"]
    rows = [float(record.counted) for record in good if record.counted is not None]
    return [record.duration for record in good], rows
