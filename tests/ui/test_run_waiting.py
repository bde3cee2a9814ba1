"""A run that waits for the database says for whom, how long still, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.user import opened
from tui.runs.values import Run
from tui.ui.rows.run_waiting import waiting_brief, waiting_line, waiting_notes, waiting_sentence

HOLDER = "dbt (PID 4711, dbt build, since 12:03:10)"
WAITING = Run("c0de", "waiting", waiting_for=HOLDER, waiting_until=100.0)


@pytest.mark.parametrize(
    ("now", "left"), [(58.2, "42s"), (10.0, "1m30s"), (100.0, "0s"), (120.0, "0s")]
)
def test_what_is_left_counts_down_to_nothing(now: float, left: str) -> None:
    assert waiting_brief(WAITING, now) == f"waiting for dbt · gives up in {left}"
    assert waiting_line(WAITING, now) == f"gives up in {left} · waiting for {HOLDER}"
    assert f"in use by {HOLDER}." in waiting_sentence(WAITING, now)


def test_a_run_of_dbtree_is_waited_for_without_limit() -> None:
    run = replace(WAITING, waiting_for="run a3f1 (PID 7)", waiting_until=0.0)
    assert waiting_brief(run, 0.0) == "waiting for run a3f1"
    assert waiting_sentence(run, 0.0) == (
        "Waiting for run a3f1 (PID 7) to end. Press x to stop waiting."
    )


async def test_row_and_pane_say_who_has_the_database(tmp_path: Path) -> None:
    state = sample.running(sample.shop(tmp_path))
    active = replace(
        state.runs[0], status="waiting", waiting_for=HOLDER, waiting_until=sample.NOW + 42,
    )  # fmt: skip
    state = replace(state, runs=(active, *state.runs[1:]))
    queued = next(key for key, found in state.statuses.items() if found.status.value == "queued")
    assert waiting_notes(state, state.statuses[queued].run_id)[0] == f"waiting for {HOLDER}"
    async with opened(tmp_path, state, size=(160, 40)) as user:
        await user.sees(f"The database is in use by {HOLDER}.", "gives up in 42s. Press x")
        assert user.screen.count(f"by {HOLDER}") == 1
        await user.presses("2")
        await user.sees("gives up in 42s · waiting for dbt (PID 4711")
        await user.presses("x")
        assert user.workspace.cancelled == [active.run_id]
