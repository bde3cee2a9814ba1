"""The critical path of a run in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui import sample
from tui.runs.critical_path import CriticalPath
from tui.ui.panels.path_words import path_names, rough, saving_words
from tui.ui.theme.glyphs import ASCII, UNICODE


@pytest.mark.parametrize(
    ("whole", "path", "was", "said"),
    [
        (30.0, 20.0, False, "more threads would save up to 10s"),
        (30.0, 29.0, False, "more threads would not help"),
        (12.0, 9.5, True, "more threads: up to 2.5s less"),
        (9.0, 9.2, True, "more threads: no faster"),
    ],
)
def test_what_more_threads_do(whole: float, path: float, was: bool, said: str) -> None:
    assert saving_words(whole, CriticalPath(("a", "b"), path), was=was) == said


def test_of_a_long_chain_the_ends_are_named(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    assert path_names(state, ["model.shop.orders", "gone.x"], UNICODE) == "orders → x"
    long = [f"model.shop.m{place}" for place in range(12)]
    assert path_names(state, long, ASCII) == "m0 > m1 > m2 > 6 more > m9 > m10 > m11"


@pytest.mark.parametrize(("seconds", "said"), [(0.04, "0.0s"), (9.96, "10s"), (75, "1m15s")])
def test_a_rough_time(seconds: float, said: str) -> None:
    assert rough(seconds) == said
