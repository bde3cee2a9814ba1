"""Metadata that functions told, on a sheet and over time."""

from __future__ import annotations

import json
import re
from typing import Any

from tui.graph.history import Materialization
from tui.ui.panels.markdown_lines import markdown_lines
from tui.ui.panels.metadata import add_metadata, image_of, number_lines, numbers
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
            rows=("table", table), at=("timestamp", 0), absent=("null", None),
        )
    )  # fmt: skip
    for words in ("1,234", "0.5", "yes", "May is [red]best[/]", "/tmp/a.svg", "2 rows", "[b]  "):
        assert words in text, text
    assert "1970-01-01 00:00:00 UTC" in text
    assert re.search(r"absent +none", text)


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


MARKDOWN = """# Report of [red]May[/]

The **best** day, by `sum(x)`
and [the page](https://example.com/a) or [not](ftp://example.org):

1. one
2. two
   - inner

> said

| a | b |
|---|---|
| 1 | [b] |

```sql
select 1
```
"""


def test_markdown_is_lines_without_its_signs() -> None:
    lines = markdown_lines(MARKDOWN, 40)
    assert [line.plain.rstrip() for line in lines] == [
        "Report of [red]May[/]", "", "The best day, by sum(x) and the page or", "not:", "",
        "1. one", "2. two", "  - inner", "", "│ said", "", "a  b", "1  [b]", "", "  select 1",
    ]  # fmt: skip
    styles = {str(span.style) for line in lines for span in line.spans}
    assert {"bold", "$accent-ink"} <= styles
    actions = [style for style in styles if "open_page" in style]
    assert len(actions) == 1, "only an address of the web can be opened"
    assert "example.com" in actions[0]


def test_json_columns_code_and_long_tables_have_room() -> None:
    text = sheet_of(
        record(
            short=("json", {"a": 1}), long=("json", {"key": ["x" * 30, "y" * 30]}),
            columns=("table_schema", [{"name": "a", "type": "int", "description": ""}]),
            code=("code", [{"path": "/p/a.py", "line": 3, "label": "f"}]),
            came=("column_lineage", {"total": [["raw/orders", "amount"]]}),
            rows=("table", {"columns": ["n"], "rows": [[n] for n in range(15)], "count": 15}),
        )
    )  # fmt: skip
    for words in ('{"a": 1}', '  "key": [', "1 column", "a     int", "/p/a.py:3  f",
                  "total ← raw/orders.amount", "15 rows", "and 5 more"):  # fmt: skip
        assert words in text, text


def test_an_image_is_found_among_what_was_told() -> None:
    assert image_of(record(log=("path", "/a.txt"), plot=("path", "out/plot.PNG"))) == "out/plot.PNG"
    assert image_of(record(log=("path", "/a.txt"))) == ""
    assert image_of(None) == ""
