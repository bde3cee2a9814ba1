"""Metadata that functions told, on a sheet and over time."""

from __future__ import annotations

import json
from typing import Any

from tui.graph.history import Materialization
from tui.ui.panels.metadata import add_metadata, number_lines, numbers
from tui.ui.panels.sheet import Sheet


def record(run: str = "a", **values: tuple[str, Any]) -> Materialization:
    rows = {label: {"kind": kind, "value": value} for label, (kind, value) in values.items()}
    return Materialization("asset.a", "dev", run, "success", 0, 1, 1, metadata=json.dumps(rows))


def sheet_of(one: Materialization) -> str:
    sheet = Sheet(60)
    add_metadata(sheet, one)
    return sheet.content().plain


def test_each_kind_is_shown_in_its_way() -> None:
    table = {"columns": ["name", "n"], "rows": [["[b]", 1], ["y", None]], "count": 2}
    text = sheet_of(
        record(
            months=("int", 1234), share=("float", 0.5), good=("bool", True),
            best=("md", "**May** is [red]best[/]"), chart=("path", "/tmp/a.svg"),
            rows=("table", table), at=("timestamp", 0), none=("null", None),
        )
    )  # fmt: skip
    for words in ("1,234", "0.5", "yes", "May is [red]best[/]", "/tmp/a.svg", "2 rows", "[b]  "):
        assert words in text, text
    assert "1970-01-01 00:00:00 UTC" in text
    assert "none" not in text


def test_what_is_no_metadata_shows_nothing() -> None:
    for broken in ("", "{", "[]", '{"a": 3}'):
        one = Materialization("asset.a", "dev", "a", "success", 0, 1, 1, metadata=broken)
        assert sheet_of(one) == ""


def test_numbers_are_plotted_over_the_materializations() -> None:
    records = [
        record(str(n), pages=("int", n), **{"dagster/row_count": ("int", 9)}) for n in (3, 2, 1)
    ]
    assert numbers(records) == {"pages": [1.0, 2.0, 3.0]}
    line = number_lines(records, "▁▂▃▄▅▆▇█", 80).plain
    assert "pages" in line
    assert "▁▅█" in line
    assert line.endswith("3")
    assert number_lines([record(pages=("int", 5))], "▁▂▃", 80).plain.endswith("5")
