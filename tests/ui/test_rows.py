"""A row of the tree: what it keeps, and what gives way, as the width shrinks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.tree import Fold, Row, RowKind
from tui.ui.rows import RowContent, draw
from tui.ui.rows.indentation import indent_size, indentation
from tui.ui.rows.segments import cut_middle, size_of
from tui.ui.rows.tree_columns import GAP, GUTTER, MARGIN, NAME_MOST, cells_for_names, columns_for
from tui.ui.theme.glyphs import UNICODE

LONG = "int_order_items_priced"


def row_at(depth: int, label: str = LONG, kind: RowKind = RowKind.ASSET) -> Row:
    guides = (*(True,) * (depth - 1), False) if depth else ()
    return Row(label, label, kind, label, depth, guides, Fold.LEAF)


def text_of(content: RowContent, width: int, wanted: int = 30) -> str:
    return "".join(text for text, _ in draw(content, columns_for(width, wanted), UNICODE))


STALE = RowContent(
    row_at(2), "view", "◐", "stale", ("SQL changed +2", "SQL, upstream", "SQL"), "stale",
    took="0.12s", age="12m", run="a3f1",
)  # fmt: skip


@given(st.integers(30, 260), st.integers(0, NAME_MOST))
def test_columns_fill_the_width_and_leave_names_what_they_need(width: int, wanted: int) -> None:
    columns = columns_for(width, wanted)
    optional = (columns.kind, columns.checks, columns.took, columns.age, columns.run)
    shown = [size for size in (columns.status, *optional) if size]
    assert GUTTER + columns.name + sum(shown) + GAP * len(shown) + MARGIN == width
    if columns.run or columns.took or columns.checks:
        assert columns.name >= wanted, "no id, duration or count takes a cell of a name"
        assert columns.status >= 18, "a status with its reason comes before them"


@given(st.integers(30, 200), st.integers(0, 260), st.integers(0, NAME_MOST))
def test_a_row_fills_its_width_however_deep_it_stands(width: int, depth: int, wanted: int) -> None:
    for content in (
        replace(STALE, row=row_at(depth)),
        RowContent(row_at(depth, kind=RowKind.REFERENCE)),
    ):
        assert cell_len(text_of(content, width, wanted)) == width - MARGIN


def test_at_120_columns_names_are_whole_and_the_row_says_why() -> None:
    line = text_of(STALE, 73)
    assert LONG in line
    assert "◐ stale · SQL" in line
    assert "12m" in line


def test_a_name_runs_on_over_empty_cells() -> None:
    reference = RowContent(row_at(2, LONG + "_by_day_and_shop", RowKind.REFERENCE))
    assert LONG + "_by_day_and_shop" in text_of(reference, 50)


def test_a_name_that_must_be_cut_keeps_both_ends() -> None:
    line = text_of(replace(STALE, row=row_at(2)), 40)
    assert LONG not in line
    assert "int_" in line
    assert "priced" in line


@pytest.mark.parametrize("width", range(1, 22))
def test_a_cut_name_has_exactly_its_cells(width: int) -> None:
    assert size_of(cut_middle([("int_order_", "a"), ("items_priced", "b")], width)) == width


def test_from_depth_5_on_a_level_takes_one_cell() -> None:
    assert [indent_size(depth) for depth in (0, 1, 4, 5, 6, 10)] == [0, 2, 8, 9, 10, 14]
    assert indentation(row_at(6), UNICODE, 60) == "│ │ │ │ │╰"


def test_a_very_deep_row_still_has_its_name() -> None:
    line = text_of(replace(STALE, row=row_at(200, "orders")), 73)
    assert "orders" in line
    assert "18" in line  # levels that are only counted


def test_one_very_long_name_among_hundred_takes_no_column_away() -> None:
    names = [(2, "stg_orders")] * 99
    assert cells_for_names([*names, (2, "x" * 80)]) == cells_for_names(names)
    assert cells_for_names([(2, "stg_orders"), (2, "x" * 40)]) == 40 + 4 + 2


def test_what_is_fresh_is_told_quietly_but_for_its_sign() -> None:
    fresh = RowContent(row_at(1), "view", "✓", "fresh", style="fresh")
    segments = draw(fresh, columns_for(80, 30), UNICODE)
    assert ("✓", "fresh") in segments
    (word,) = [style for text, style in segments if text.strip() == "fresh"]
    assert word == "dim"
