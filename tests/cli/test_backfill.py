"""`dbtree backfill` when it is stopped. The runs are stand-ins that end as they are told."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tui.cli.commands import backfill
from tui.cli.commands.materialize import Stopping
from tui.runs.plan import RunPlan
from tui.runs.values import Run

PLANS = [RunPlan(name, "build", ("a",), "a", "dbt build") for name in ("a1", "a2", "a3")]
WORKSPACE: Any = None


async def heard(stopping: Stopping) -> None:
    """Wait until ctrl-c is heard."""
    while not stopping.count:  # noqa: ASYNC110  a signal wakes the loop, and sets no event
        await asyncio.sleep(0)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Has runs that end with a status; tells which were started."""
    started: list[str] = []

    def prepare(status: str, interrupted: str = "", *, early: bool = False) -> list[str]:
        async def start(_: Any, plan: RunPlan) -> tuple[RunPlan, int]:
            started.append(plan.run_id)
            if early and plan.run_id == interrupted:
                signal.raise_signal(signal.SIGINT)
            return plan, 1

        async def follow(_: Any, plan: RunPlan, *args: Any) -> Run:
            if plan.run_id == interrupted:
                if not early:
                    signal.raise_signal(signal.SIGINT)
                await heard(args[-1])
            return Run(plan.run_id, status)

        monkeypatch.setattr(backfill, "start", start)
        monkeypatch.setattr(backfill, "follow", follow)
        return started

    return prepare


async def run_all() -> list[Run]:
    return await backfill._run_all(WORKSPACE, PLANS)


async def test_no_run_follows_one_that_ended_well_although_it_was_to_stop(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    started = made("success", interrupted="a1")
    assert len(await run_all()) == 1
    assert started == ["a1"]
    assert "The backfill is stopped: 2 runs not started." in capsys.readouterr().err


async def test_ctrl_c_while_a_run_is_started_stops_the_backfill_too(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    started = made("success", interrupted="a2", early=True)
    assert len(await run_all()) == 2
    assert started == ["a1", "a2"]
    assert "The backfill is stopped: 1 run not started." in capsys.readouterr().err


async def test_a_run_that_was_cancelled_elsewhere_ends_the_backfill_and_that_is_said(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    started = made("cancelled")
    await run_all()
    assert started == ["a1"]
    assert "2 runs not started" in capsys.readouterr().err


async def test_without_ctrl_c_all_runs_are_made(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    started = made("success")
    await run_all()
    assert started == ["a1", "a2", "a3"]
    assert "stopped" not in capsys.readouterr().err
