"""Numbers and times in words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.formats import (
    human_age,
    human_ago,
    human_bytes,
    human_count,
    human_duration,
    moment,
    plural,
)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "now"), (0.4, "now"), (1, "1s"), (59.9, "59s"), (60, "1m"), (3599, "59m"),
        (3600, "1h"), (86399, "23h"), (86400, "1d"), (29 * 86400, "29d"), (31 * 86400, "1mo"),
        (400 * 86400, "1y"),
    ],
)  # fmt: skip
def test_ages(seconds: float, expected: str):
    assert human_age(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "0.00s"), (0.214, "0.21s"), (9.994, "9.99s"), (9.996, "10.0s"), (59.94, "59.9s"),
        (59.97, "1m00s"), (72, "1m12s"), (3599.7, "1h00m"), (7500, "2h05m"), (360_000, "4d04h"),
    ],
)  # fmt: skip
def test_durations(seconds: float, expected: str):
    assert human_duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"), (999, "999"), (1000, "1k"), (1234, "1.2k"), (9950, "10k"), (12_345, "12k"),
        (999_499, "999k"), (999_500, "1M"), (1_240_000, "1.2M"), (-1500, "-1.5k"),
        (3 * 10**9, "3G"),
    ],
)  # fmt: skip
def test_counts(count: int, expected: str):
    assert human_count(count) == expected


def test_sizes_and_nouns():
    assert [human_bytes(n) for n in (0, 512, 1200, 34_000_000)] == [
        "0 B", "512 B", "1.2 kB", "34 MB",
    ]  # fmt: skip
    assert plural(1, "asset") == "1 asset"
    assert plural(2, "query", "queries") == "2 queries"
    assert plural(12_000, "row") == "12,000 rows"


def test_a_moment_of_another_day_has_its_date():
    now = time.mktime((2026, 11, 22, 12, 0, 0, 0, 0, -1))
    assert moment(now - 60, now) == "11:59:00"
    assert moment(now - 86400, now) == "2026-11-21 12:00"


@given(st.floats(0, 10**9))
def test_ages_and_durations_keep_to_their_cells(seconds: float):
    assert len(human_age(seconds)) <= 4
    assert len(human_duration(min(seconds, 99 * 86400))) <= 6


@given(st.integers(0, 10**14))
def test_counts_keep_to_their_cells(count: int):
    assert len(human_count(count)) <= 4


def test_what_was_a_moment_ago_was_just_now() -> None:
    assert [human_ago(seconds) for seconds in (-5, 0.4, 1, 90)] == [
        "just now", "just now", "1s ago", "1m ago",
    ]  # fmt: skip
