"""The look-out for runs from elsewhere, with whoever records them handed in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.runs.test_dbt_log import ONE
from tests.runs.test_external_runs import Checkout
from tui.project.project import Project
from tui.protocol.invocations import known_invocations
from tui.workspace.external_run_watch import ExternalRunWatch


async def test_a_window_that_closes_while_it_records_leaves_the_run_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(tmp_path)
    checkout.leave_results(ONE)
    asked = asyncio.Event()

    def ask(*_: Any, **fields: Any) -> asyncio.Future[Any]:
        asked.set()
        return asyncio.get_running_loop().create_future()  # it never answers

    project = Project(tmp_path, "shop", target="dev", state_dir=checkout.state_dir)
    state = SimpleNamespace(
        project=project, engine=SimpleNamespace(target_path="target"), target="dev", runs=(),
        can_start=True,
    )  # fmt: skip
    watch = ExternalRunWatch(lambda: state, ask, None, print)  # type: ignore[arg-type, return-value]
    following = asyncio.create_task(watch.follow())
    await asyncio.wait_for(asked.wait(), 30)
    assert known_invocations(checkout.state_dir)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert known_invocations(checkout.state_dir) == {}
    assert not any((checkout.state_dir / "runs").iterdir())
