"""The profile of an asset's columns: its words, its pictures, and its place on the Columns tab."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import COLUMNS, ORDERS, goes_to, page_of, stock
from tui.protocol.messages import Profiled
from tui.protocol.profiles import BARS, NUMBER, TEXT, ColumnProfile
from tui.ui.asset_page.columns import column_rows
from tui.ui.asset_page.profile import (
    bar_line,
    column_sheet,
    histogram,
    profile_lines,
    profiled_of,
    rows_words,
    share,
)

TOTAL = ColumnProfile(
    "total", "DECIMAL(38,2)", NUMBER, nulls=250, distinct=30, least="0.50", greatest="203.50",
    mean=102.25, bars=(1, *[0] * (BARS - 2), 99), top=(("7.50", 40), ("14.50", 2)),
)  # fmt: skip
ORDER_ID = ColumnProfile(
    "order_id", "INTEGER", NUMBER, distinct=1000, least="1", greatest="1000", mean=500.5,
    bars=(50,) * BARS, top=(("1", 1),),
)  # fmt: skip
PROFILE = Profiled(
    0, ORDERS, "shop.main.orders", 1000, 12_345_678, "sample", [list(ORDER_ID), list(TOTAL)]
)


def profiled(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.profiles[ORDERS] = PROFILE


@pytest.mark.parametrize(
    ("count", "rows", "words"),
    [(0, 9, "0%"), (0, 0, "0%"), (1, 9999, "<0.1%"), (9998, 9999, ">99%"), (9, 9, "100%"),
     (1, 40, "2.5%"), (1, 2, "50%")],
)  # fmt: skip
def test_a_share_says_nothing_and_everything_only_where_it_is_so(
    count: int, rows: int, words: str
) -> None:
    assert share(count, rows) == words


def test_a_bar_that_is_there_is_seen_however_low() -> None:
    assert bar_line([1, 0, 1000]) == "▁ █"
    assert bar_line([1, 0, 1000], ascii_only=True).isascii()
    assert histogram([1, 8, 16], height=2) == ["    ██", "▁▁████"]
    assert bar_line([0, 0]) == ""


def test_the_rows_that_were_looked_at_are_told() -> None:
    assert rows_words(PROFILE) == "sample of 1,000 of 12,345,678 rows"
    first = Profiled(0, "", "", 100, None, "first")
    assert rows_words(first) == "first 100 rows"
    assert rows_words(Profiled(0, "", "", 1, 1, "all")) == "1 row"


@pytest.mark.parametrize("width", [30, 50, 80, 140])
def test_a_line_per_column_fits_any_width(width: int) -> None:
    rows = column_rows(None, [*COLUMNS, ["gone", "INTEGER"]])
    profiles = profiled_of(PROFILE)
    heads, lines = profile_lines(rows, profiles=profiles, counted=1000, width=width)
    texts = ["".join(text for text, _ in line.segments) for line in lines]
    assert [len(text) for text in texts] == [width] * 3
    assert " 25%" in texts[1]
    if width >= 80:
        assert "histogram" in heads
        assert "0.50 … 203.50" in texts[1]
        assert "not in the database" in texts[2]


def test_text_of_cells_is_no_markup_and_commands_no_terminal() -> None:
    evil = ColumnProfile(
        "note", "VARCHAR", TEXT, distinct=1, least="[red]a[/]\x1b[31m", greatest="b\nc",
        top=(("[bold]x\x1b]52;c;aGk=\x07", 3),),
    )  # fmt: skip
    sheet = column_sheet(evil, PROFILE, width=60).plain
    assert "[red]a[/]" in sheet
    assert "\x1b" not in sheet
    assert "b c" in sheet


async def test_i_counts_what_the_columns_hold_and_again_shows_the_lineage(tmp_path: Path) -> None:
    async with page_of(tmp_path, prepare=profiled, size=(120, 35)) as user:
        await goes_to(user, "columns", "total")
        await user.presses("i")
        await user.sees("profile of sample of 1,000 of 12,345,678 rows", "0.50 … 203.50")
        await user.sees("unique", "mean        500.5", "each value is there once")
        await user.presses("j")
        await user.sees("most frequent", "7.50", "4.0%")
        await user.presses("i")
        await user.misses("most frequent")
        assert user.workspace.profile_requests == [ORDERS]


async def test_esc_stops_what_is_being_counted_before_it_leaves_the_page(tmp_path: Path) -> None:
    async with page_of(tmp_path, size=(120, 35)) as user:
        user.workspace.profiles[ORDERS] = asyncio.Event()
        await goes_to(user, "columns", "total")
        await user.presses("i")
        await user.sees("counting", "esc stops")
        await user.presses("escape")
        await user.sees("It was stopped.", "order_id")
        assert user.workspace.stops == [ORDERS]
