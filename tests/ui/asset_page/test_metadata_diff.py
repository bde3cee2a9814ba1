"""What a function told of two materializations, beside each other."""

from __future__ import annotations

import json
from typing import Any

from tui.graph import Fingerprint, Materialization
from tui.ui.asset_page.metadata_diff import metadata_lines
from tui.ui.theme.glyphs import UNICODE


def record(run_id: str, at: float, status: str = "success", **told: Any) -> Materialization:
    metadata = json.dumps({label: {"kind": kind, "value": one} for label, (kind, one) in
                           told.items()})  # fmt: skip
    return Materialization("asset.chart", "dev", run_id, status, at, at, 1.0,
                           fingerprint=Fingerprint(sql="abc"), metadata=metadata)  # fmt: skip


def text(*records: Materialization) -> str:
    lines = metadata_lines(records, UNICODE, 100.0)
    return "\n".join("".join(part for part, _ in line).rstrip() for line in lines)


def test_what_was_told_is_compared_with_the_success_before():
    new = record("b", 90.0, rows=("int", 1200), path=("path", "a.png"), new=("text", "x\x1b[31m"))
    old = record("a", 40.0, rows=("int", 7), path=("path", "a.png"), gone=("json", {"a": [1]}))
    shown = text(new, record("f", 60.0, "error"), old)
    assert "run a (1m ago) → run b" in shown
    assert "~ rows" in shown
    assert "7 → 1,200" in shown
    assert '- gone                            {"a": [1]}' in shown
    assert "+ new" in shown
    assert "\x1b" not in shown
    assert "2 more are the same" in shown


def test_of_one_materialization_there_is_nothing_to_compare():
    assert metadata_lines([record("a", 1.0)], UNICODE, 9.0) == []
    assert "nothing differs" in text(record("b", 2.0), record("a", 1.0))
