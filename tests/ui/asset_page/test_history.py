"""The history of an asset: what each materialization changed, and its plots."""

import json
from dataclasses import replace

from tui.graph import Fingerprint
from tui.graph.history import Materialization
from tui.text.formats import human_duration
from tui.ui.asset_page.history import column_changes, entries, entry_line, series
from tui.ui.asset_page.history_tab import heads, rows_title
from tui.ui.asset_page.plots import plot
from tui.ui.theme.glyphs import UNICODE

VIEW, TABLE = (json.dumps({"materialized": kind}) for kind in ("view", "table"))
FIRST = Materialization(
    "model.shop.a", "dev", "a3f1", "success", 100.0, 101.0, 1.0, rows=10, row_count=10,
    fingerprint=Fingerprint("s1", "c1", VIEW),
    columns=(("id", "INTEGER"), ("name", "VARCHAR"), ("born", "VARCHAR")),
)  # fmt: skip
SECOND = replace(
    FIRST, run_id="b77c", finished_at=201.0, row_count=8, duration=3.0,
    fingerprint=Fingerprint("s2", "c2", TABLE),
    columns=(("id", "INTEGER"), ("born", "DATE"), ("email", "VARCHAR")),
)  # fmt: skip
FAILED = replace(
    FIRST, run_id="c0de", status="error", finished_at=301.0, row_count=None, rows=None,
    message="Runtime Error in model a (a.sql)\n  no such column", columns=(),
)  # fmt: skip


def test_added_removed_and_retyped_columns_are_told() -> None:
    words = [text for text, _ in column_changes(FIRST.columns, SECOND.columns)]
    assert words == ["+email", "-name", "born varchar → date"]


def test_unknown_columns_are_no_change() -> None:
    assert column_changes((), SECOND.columns) == []


def test_each_success_is_compared_with_the_one_before_it() -> None:
    failed, second, first = entries([FAILED, SECOND, FIRST])
    assert [text for text, _ in failed.changes] == ["no such column"]
    assert second.rows_before == 10
    assert ("SQL", "changed") in second.changes
    assert ("materialized: view → table", "changed") in second.changes
    assert first.changes == ()
    assert first.rows_before is None


def test_a_line_tells_run_time_rows_and_their_difference() -> None:
    _, second, _ = entries([FAILED, SECOND, FIRST])
    line = "".join(text for text, _ in entry_line(second, UNICODE, width=120, now=500.0))
    assert len(line) == 120
    for part in ("✓ b77c", "success", "3.00s", " 8 -2 ", "+email"):
        assert part in line


def test_the_rows_of_an_incremental_model_are_those_that_were_counted() -> None:
    config = json.dumps({"materialized": "incremental"}, separators=(",", ":"))
    grown = replace(FIRST, row_count=None, rows=3, fingerprint=Fingerprint("s", "c", config))
    assert grown.counted is None
    assert replace(grown, row_count=300).counted == 300


def test_a_count_that_is_not_of_the_newest_build_is_called_so() -> None:
    uncounted = replace(SECOND, rows=None, row_count=None)
    assert rows_title([SECOND, FIRST]) == "Rows"
    assert rows_title([FAILED, SECOND, FIRST]) == "Rows"
    assert rows_title([uncounted, FIRST]) == "Rows, when last counted"
    assert series([uncounted, FIRST])[1] == [10.0]


def test_the_heads_have_words_for_a_terminal_of_ascii() -> None:
    assert "rows ±  " in heads(100).plain
    assert "rows +- " in heads(100, ascii_only=True).plain


def test_the_series_leave_out_what_failed_and_begin_with_the_oldest() -> None:
    assert series([FAILED, SECOND, FIRST]) == ([1.0, 3.0], [10.0, 8.0])


def test_a_plot_has_its_scale_and_fills_its_height() -> None:
    lines = plot(
        [1.0, 2.0], width=30, height=3, title="Duration", style="", text=human_duration
    ).plain.splitlines()
    assert lines[0] == "Duration  2.00s"
    assert lines[1].startswith("2.00s ┤")
    assert lines[3].startswith("0.00s ┤⣿⣿⣿⣿")
    assert lines[1].endswith("⣿⣿")


def test_a_plot_without_values_is_only_its_title() -> None:
    text = plot([], width=30, height=3, title="Rows", style="", text=human_duration).plain
    assert text.strip() == "Rows"


def test_in_ascii_a_plot_has_no_braille() -> None:
    text = plot(
        [0.0, 4.0], width=30, height=2, title="Rows", style="", text=human_duration,
        ascii_only=True,
    ).plain  # fmt: skip
    assert text.isascii()
    assert "####" in text


def test_a_plot_is_never_wider_than_its_place() -> None:
    for width in range(1, 40):
        content = plot(
            [1.0, 2.0, 700.0], width=width, height=3, title="Rows", style="", text=human_duration
        )  # fmt: skip
        _, *lines = content.split("\n")
        assert max(line.cell_length for line in lines) <= width
        assert any(line.plain for line in lines) == (width >= 12)
