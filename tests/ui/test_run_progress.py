"""What a run says of itself in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui.sample import NOW, running, shop
from tui.runs.plan import RunPlan
from tui.runs.time_left import Overdue, RunEstimate
from tui.ui.rows.run_progress import headline, time_left_words, waiting_words
from tui.ui.theme.glyphs import UNICODE


def test_the_time_left_is_never_told_of_what_takes_longer_than_usual() -> None:
    late = RunEstimate(NOW + 1.2, overdue=Overdue("a", NOW - 12, 5.2))
    assert time_left_words(late, NOW) == "longer than usual (12s, usually 5s)"
    assert time_left_words(late, NOW + 60) == "longer than usual (1m12s, usually 5s)"
    assert time_left_words(late, NOW, is_brief=True) == "longer than usual"
    assert time_left_words(RunEstimate(NOW + 11.2), NOW) == "12s left"
    assert time_left_words(RunEstimate(NOW), NOW + 60) == "finishing"
    assert time_left_words(None, NOW) == ""


def test_a_narrow_pane_keeps_the_counts_of_a_run_that_takes_longer(tmp_path: object) -> None:
    run = running(shop(tmp_path)).runs[0]  # type: ignore[arg-type]
    late = RunEstimate(NOW + 1.2, overdue=Overdue("a", NOW - 12, 5.2))
    line = headline(run, UNICODE, now=NOW, bar_width=6, estimate=late, is_brief=True).plain
    assert "longer than usual  ✓ 1" in line


def test_what_waits_says_first_for_what_and_names_what_else_goes_on(tmp_path: Path) -> None:
    state = running(shop(tmp_path))
    plans = tuple(
        RunPlan(f"d00{number}", "build", (), f"asset_{number}", "") for number in range(9)
    )
    words = waiting_words(replace(state, queue=plans, phase="restarting", has_parsed=False))
    assert words.startswith("waiting for dbt · 9 runs queued: build asset_0, build asset_1")
    (first, *rest) = state.runs
    older = replace(first, run_id="a001", label="slow+", started_at=first.started_at - 60)
    words = waiting_words(replace(state, runs=(first, older, *rest)))
    assert words == "also running: build slow+"
    assert waiting_words(state) == ""
