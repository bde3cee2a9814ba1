"""What an asset of Python told of its latest two materializations, beside each other. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tui.graph.history import Materialization
from tui.text.formats import human_ago
from tui.text.terminal_text import plain_line
from tui.ui.asset_page.diff_lines import MARKS, Line
from tui.ui.panels.metadata import metadata_of, words_of
from tui.ui.rows.segments import sized
from tui.ui.theme.glyphs import Glyphs

SIMPLE = frozenset(
    {"int", "float", "bool", "text", "timestamp", "path", "url", "notebook", "asset"}
)
WIDEST_LABEL, WIDEST_VALUE = 30, 60


def metadata_lines(records: Sequence[Materialization], glyphs: Glyphs, now: float) -> list[Line]:
    """What differs between the latest success and the one before.

    Args:
        records: What runs made of the asset, the newest first.
        glyphs: The signs of the terminal.
        now: Seconds since the epoch.
    """
    good = [one for one in records if one.status == "success"]
    if len(good) < 2:
        return []
    new, old = good[:2]
    title = f"run {old.run_id} ({human_ago(now - old.finished_at)}) {glyphs.arrow} run {new.run_id}"
    rows = [*_rows(old, new, glyphs)]
    lines: list[Line] = [
        ((title, "name"),),
        (
            (
                "metadata that its function reported; the data is where the function put it",
                "dim",
            ),
        ),
        (),
    ]
    return lines + (rows or [(("nothing differs", "dim"),)])


def _rows(old: Materialization, new: Materialization, glyphs: Glyphs) -> Iterator[Line]:
    before, after = _words(old), _words(new)
    same = 0
    for label in dict.fromkeys((*before, *after)):
        was, now = before.get(label), after.get(label)
        if was == now:
            same += 1
            continue
        kind = "added" if was is None else "removed" if now is None else "changed"
        values = [one for one in (was, now) if one is not None]
        shown = f" {glyphs.arrow} ".join(sized(one, WIDEST_VALUE).rstrip() for one in values)
        yield (
            (f"{MARKS[kind]} ", kind),
            (sized(plain_line(label), WIDEST_LABEL), "name"),
            (f"  {shown}", kind),
        )
    if same and (before != after):
        yield ((f"  {same:,} more are the same", "dim"),)


def _words(record: Materialization) -> dict[str, str]:
    """Each value in words, on one line."""
    found = {label: _value(one) for label, one in metadata_of(record).items()}
    code = record.fingerprint.sql or record.fingerprint.config
    return {**found, "code": code[:8]} if code else found


def _value(one: Any) -> str:
    kind, value = str(one.get("kind", "")), one.get("value")
    text = words_of(kind, value) if kind in SIMPLE else json.dumps(value, ensure_ascii=False)
    return plain_line(text.replace("\n", " "))
