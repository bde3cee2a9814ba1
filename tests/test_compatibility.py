"""The page of what was tried is made from what was tried."""

from pathlib import Path

from tests.compatibility import PAGE, STEPS, Tried, merged, page_of, row_of, rows_of

TRIED = Tried(
    ["1.9.11", "3.12.1", "dbt-duckdb 1.9.4", "DuckDB 1.1.0"], "off", dict.fromkeys(STEPS, "✓")
)


def test_a_page_is_read_as_it_was_written() -> None:
    rows = [row_of(TRIED, "2026-01-02"), ["1.10.3", "3.11.2", *row_of(TRIED, "2026-01-02")[2:]]]
    assert rows_of(page_of(rows[::-1])) == rows  # 1.9 is older than 1.10


def test_what_fell_short_is_said_in_its_place() -> None:
    tried = Tried(TRIED.versions, "on", {**TRIED.steps, "cancelled": "it went on"})
    assert row_of(tried, "2026-01-02")[-2:] == ["✓ 2026-01-02", "it went on"]


def test_a_new_try_takes_the_place_of_the_one_before() -> None:
    first, second = row_of(TRIED, "2026-01-02"), row_of(TRIED, "2026-02-03")
    assert merged([first], second) == [second]


def test_the_page_in_docs_is_one() -> None:
    page = Path(PAGE).read_text(encoding="utf-8")
    assert page_of(rows_of(page)) == page
