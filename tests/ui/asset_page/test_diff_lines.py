"""What the lines of a data diff say."""

from __future__ import annotations

from typing import Any

from tests.ui.asset_page.diffs import NO_ODD_KEYS, found
from tui.protocol.messages import DataDiffed
from tui.ui.asset_page.diff_lines import diff_lines
from tui.ui.theme.glyphs import ASCII, UNICODE

NOW = 1_000_000.0


def text(diffed: DataDiffed, glyphs: Any = UNICODE) -> list[str]:
    lines = diff_lines(diffed, glyphs, now=NOW)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def changed(**parts: Any) -> DataDiffed:
    diffed = found(NOW)
    return found(NOW, diff={**diffed.diff, **parts})


def test_it_says_what_is_compared_and_by_which_key() -> None:
    lines = text(found(NOW))
    assert (
        lines[0] == "before run a3f1 (1m ago) → now  shop.main__dbtree.orders_f7 → shop.main.orders"
    )
    assert lines[1] == "key order_id (its unique test)"
    assert text(found(NOW, taken_at=NOW))[0].startswith("before run a3f1 (just now) → now")
    assert text(found(NOW, against="prod"))[0].startswith("target prod → this target")


def test_it_counts_rows_and_columns() -> None:
    lines = text(found(NOW))
    assert "640 → 641 rows   +14 added   -13 removed   ~7 changed   620 the same" in lines
    at = lines.index("Columns")
    assert lines[at + 1 : at + 7] == [
        "~ order_total  DECIMAL(16,2)        7 values differ (1.1%)",
        "~ note         VARCHAR              2 values differ (0.3%)",
        "~ paid_at      VARCHAR → TIMESTAMP  other type, compared as text",
        "+ discount     DOUBLE               added",
        "- legacy_id    BIGINT               removed",
        "  2 columns the same",
    ]


def test_changed_rows_stand_under_each_other_with_both_values_where_they_differ() -> None:
    lines = text(found(NOW))
    at = next(i for i, line in enumerate(lines) if line.startswith("Changed"))
    assert lines[at : at + 4] == [
        "Changed   the first 2 of 7",
        "  order_id    order_total  note",
        "        90  26.90 → 27.90  null",
        "      1180   3.70 → 24.70  gift → a⏎b",
    ]
    marked = diff_lines(found(NOW), UNICODE, now=NOW)[at + 2]
    assert ("26.90", "removed") in marked
    assert ("27.90", "added") in marked
    assert ("null", "dim") in marked


def test_a_key_that_is_repeated_is_said() -> None:
    odd = {**NO_ODD_KEYS, "repeated_before": 3, "repeated_after": 1, "null_after": 2,
           "rows_before": 6, "rows_after": 4}  # fmt: skip
    whole = {"columns": ["order_id"], "rows": [["3"]], "times": [[2, 1]]}
    samples = {"changed": None, "added": None, "removed": None, "whole": whole}
    lines = text(changed(odd_keys=odd, samples=samples), ASCII)
    arrow = ASCII.arrow
    told = f"3 {arrow} 1 repeated keys, 0 {arrow} 2 rows with a null in it: those rows are"
    assert lines[2].startswith(told)
    at = lines.index("Rows compared whole: how often before and after")
    assert lines[at + 2].split() == ["2", arrow, "1", "3"]


def test_without_a_key_it_says_how_to_name_one() -> None:
    lines = text(changed(key=[]))
    assert "rows are compared whole. K names its columns" in lines[1]
    assert "changed" not in lines[3]


def test_where_nothing_differs_it_says_so() -> None:
    same = [{**one, "change": None, "differing": 0} for one in found(NOW).diff["columns"]]
    samples = dict.fromkeys(("changed", "added", "removed", "whole"))
    lines = text(changed(columns=same, samples=samples))
    assert lines[-1] == "No column differs (7 columns)."
    whole = text(changed(columns=same, samples=samples, key=[]))
    assert whole[-1] == "The columns are the same (7 columns)."
