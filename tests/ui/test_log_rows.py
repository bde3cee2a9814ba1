"""A line of dbt's log is drawn in columns that are never cut."""

from __future__ import annotations

import pytest

from tui.runs.log import LogRow
from tui.ui.rows.log_rows import draw_log_row, log_columns
from tui.ui.rows.log_words import NodeLine, node_line
from tui.ui.rows.segments import size_of

AT = 1_700_000_000.0
MODEL = "model.shop.orders"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1 of 26 START sql table model main.orders ......... [RUN]",
         NodeLine("start", None, "sql table model main.orders  1 of 26")),
        ("1 of 26 OK created sql table model main.orders .... [OK in 5.82s]",
         NodeLine("ok", 5.82, "created sql table model main.orders  1 of 26")),
        ("2 of 8 OK loaded seed file main.raw ............... [INSERT 100 in 0.10s]",
         NodeLine("ok", 0.1, "loaded seed file main.raw  INSERT 100  2 of 8")),
        ("3 of 8 PASS unique_orders_id ...................... [PASS in 0.08s]",
         NodeLine("pass", 0.08, "unique_orders_id  3 of 8")),
        ("4 of 8 FAIL 12 not_null_orders_id ................. [FAIL 12 in 0.08s]",
         NodeLine("fail", 0.08, "not_null_orders_id  12 failures  4 of 8")),
        ("4 of 8 WARN 1 not_null_orders_id .................. [WARN 1 in 0.08s]",
         NodeLine("warn", 0.08, "not_null_orders_id  1 failure  4 of 8")),
        ("5 of 8 ERROR creating sql view model main.x ....... [ERROR in 0.02s]",
         NodeLine("error", 0.02, "creating sql view model main.x  5 of 8")),
        ("6 of 8 SKIP relation main.y ....................... [SKIP]",
         NodeLine("skip", None, "relation main.y  6 of 8")),
        ("7 of 8 OK created sql view model main.a_name_too_long_for_a_line... [SUCCESS 1 in 61.5s]",
         NodeLine("ok", 61.5, "created sql view model main.a_name_too_long_for_a_line  7 of 8")),
        ("26 of 87 PASS relationships_a_name_as_long_as_the_line  [PASS in 0.05s]",
         NodeLine("pass", 0.05, "relationships_a_name_as_long_as_the_line  26 of 87")),
    ],
)  # fmt: skip
def test_the_lines_of_nodes_are_taken_apart(text: str, parts: NodeLine) -> None:
    assert node_line(text) == parts


@pytest.mark.parametrize(
    "text",
    ["Running with dbt=1.11.16", "Finished running 3 models [in 2s]", "", "waiting ....... [so]",
     "Done. PASS=26 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=26"],
)  # fmt: skip
def test_other_lines_are_left_alone(text: str) -> None:
    assert node_line(text) is None


@pytest.mark.parametrize("width", [38, 60, 76, 110, 190])
def test_status_and_duration_stand_in_their_columns_at_every_width(width: int) -> None:
    columns = log_columns(width)
    starts = set()
    for text in ("1 of 2 START sql table model main.orders .... [RUN]",
                 "1 of 2 OK created sql table model main.orders .... [OK in 5423.82s]",
                 "Completed successfully"):  # fmt: skip
        row = LogRow(AT, "info", text, MODEL if "orders" in text else "", "")
        segments = draw_log_row(row, columns, lambda _: "a_name_that_is_longer_than_its_column")
        before = size_of(segments[: 6 if columns.time else 4])
        starts.add(before)
        line = "".join(text for text, _ in segments)
        if "OK" in text:
            assert "ok      1h30m  " in line
            assert ".." not in line
    assert starts == {columns.before_asset}


def test_a_line_that_was_found_is_marked_at_its_status() -> None:
    row = LogRow(AT, "error", "5 of 8 ERROR creating main.x ....... [ERROR in 0.02s]", MODEL)
    draw = draw_log_row(row, log_columns(120), lambda _: "x", is_found=True)
    assert ("error", "found") in draw
    lit = draw_log_row(row, log_columns(120), lambda _: "x", is_found=True, match="main")
    assert ("error", "error") in lit
    assert ("main", "found") in lit
