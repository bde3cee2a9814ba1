"""Which cells of a CSV a spreadsheet would run."""

import pytest

from tui.engine.inspect.spreadsheet_cells import as_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1",
     "+49 170 1", "-2+3+cmd|' /C calc'!D2", "- a list"],
)  # fmt: skip
def test_what_would_be_run_is_marked_as_text(text):
    assert as_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", [None, "", "-", "+", "-1", "+1", "-1.5e-3", "-0", "-inf", "1=1", "a@b.c", "{'=': 1}"]
)
def test_numbers_and_texts_stay_as_they_are(text):
    assert as_cell(text) == text
