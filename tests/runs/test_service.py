"""Runs are started by whoever is handed in, and reported to a listener that starts nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.graphs import graph_of
from tests.runs.logs import RunWriter
from tui.errors import EngineError
from tui.project.project import Project
from tui.protocol import events
from tui.protocol.messages import Refused, RunForked
from tui.protocol.processes import process_start
from tui.runs import service
from tui.runs.housekeeping import remove_run
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.runs.service import RunService

GRAPH = graph_of("a -> b")


class Starter:
    """An engine that refuses every run."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: Refused | EngineError | RunForked = Refused(1, "dbt does not know b.")

    def start_run(self, **fields: Any) -> asyncio.Future[RunForked | Refused]:
        self.asked.append(fields)
        answer = asyncio.get_running_loop().create_future()
        if isinstance(self.reply, EngineError):
            answer.set_exception(self.reply)
        else:
            answer.set_result(self.reply)
        return answer


class Listener:
    """Notes what is reported."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.busied: list[set[str]] = []
        self.changed = asyncio.Event()

    def runs_changed(self, nodes: Iterable[str], busied: Iterable[str] = ()) -> None:
        self.busied.append(set(busied))
        self.changed.set()

    def run_ended(self) -> None:
        raise AssertionError("no run has begun")

    def notify(self, words: str, run_id: str = "") -> None:
        self.notices.append(words)


class Window:
    """The runs of one window on a project without an engine."""

    def __init__(self, root: Path) -> None:
        self.context = SimpleNamespace(graph=GRAPH, can_start=False, single_writer=True)
        self.starter, self.listener = Starter(), Listener()
        project = Project(root, "shop", target="dev", state_dir=root / ".dbtree")
        self.runs = RunService(project, self.starter, lambda: self.context, self.listener)
        self.runs.restore("dev")

    def enqueue(self, key: str) -> str:
        return self.runs.enqueue(plan_build(GRAPH, [key], Scope.ONLY))

    async def until_started(self) -> None:
        """Wait until nothing is being started."""
        while self.runs.starting:
            self.listener.changed.clear()
            await self.listener.changed.wait()

    @property
    def waiting(self) -> tuple[RunPlan, ...]:
        return self.runs.queue.plans


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


async def test_a_run_waits_until_the_engine_can_take_it(window: Window) -> None:
    run_id = window.enqueue("b")
    assert [plan.run_id for plan in window.waiting] == [run_id]
    assert set(window.runs.activity()) == {"b"}
    assert window.starter.asked == []
    window.context.can_start = True
    window.listener.changed.clear()
    window.runs.start_next()
    # At once: a frame that is painted first would hold it up, and whoever wants to look into the
    # database has to know.
    assert [fields["nodes"] for fields in window.starter.asked] == [["b"]]
    assert window.listener.changed.is_set()
    await window.until_started()


async def test_a_run_that_is_refused_leaves_nothing_and_says_why(window: Window) -> None:
    window.context.can_start = True
    run_id = window.enqueue("b")
    assert window.runs.starting == run_id
    await window.until_started()
    assert window.listener.notices == ["dbt does not know b."]
    assert window.waiting == ()
    assert not window.runs.run_dir(run_id).exists()
    assert dict(window.runs.activity()) == {}
    assert window.listener.busied[-1] == {"b"}


async def test_the_next_run_starts_when_the_one_before_it_was_refused(window: Window) -> None:
    window.enqueue("a")
    window.enqueue("b")
    window.context.can_start = True
    window.runs.start_next()
    while len(window.starter.asked) < 2 or window.runs.starting:
        window.listener.changed.clear()
        await window.listener.changed.wait()
    assert [fields["nodes"] for fields in window.starter.asked] == [["a"], ["b"]]


async def test_a_run_whose_engine_ended_before_it_answered_waits_for_the_next(
    window: Window,
) -> None:
    window.starter.reply = EngineError("the dbt engine is gone")
    window.context.can_start = True
    run_id = window.enqueue("b")
    window.context.can_start = False
    await window.until_started()
    assert [plan.run_id for plan in window.waiting] == [run_id]
    assert window.listener.notices == []


async def test_a_run_that_waits_is_dropped_without_the_engine(window: Window) -> None:
    run_id = window.enqueue("b")
    window.runs.cancel(run_id)
    assert window.waiting == ()
    assert window.listener.notices == ["b: removed from the queue"]
    assert window.starter.asked == []


async def test_a_run_waits_for_one_that_has_just_started_and_builds_the_same(
    window: Window,
) -> None:
    window.context.can_start, window.context.single_writer = True, False
    window.starter.reply = RunForked(1, "", os.getpid())
    window.enqueue("b")
    window.enqueue("b")
    await window.until_started()
    assert len(window.starter.asked) == 1, "nothing of the first is read yet"
    assert len(window.waiting) == 1
    await window.runs.close("detach")


async def test_runs_that_were_pruned_elsewhere_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SCAN_INTERVAL", 0.01)
    for run_id in ("a001", "a002"):
        RunWriter(tmp_path / ".dbtree", run_id, 1000.0).starts("a").ends()
    window = Window(tmp_path)
    await window.runs.open()
    assert {run.run_id for run in window.runs.runs} == {"a001", "a002"}
    remove_run(tmp_path / ".dbtree", "a001")
    while len(window.runs.runs) > 1:
        window.listener.changed.clear()
        await window.listener.changed.wait()
    assert [run.run_id for run in window.runs.runs] == ["a002"]
    (tmp_path / ".dbtree" / "runs").rename(tmp_path / "away")
    assert window.runs.store.gone_of(["a002"]) == frozenset()
    await window.runs.close("detach")


def test_a_run_that_has_ended_is_not_stopped_and_what_goes_on_is_said(tmp_path: Path) -> None:
    RunWriter(tmp_path / ".dbtree", "a001", 1000.0).starts("a").ends()
    window = Window(tmp_path)
    window.runs.cancel("a001")
    alive = os.getpid(), process_start(os.getpid())
    began = events.RunStarted(2000.0, "a002", "dbt build", "build", "all", "", "dev", "", *alive)
    RunWriter(tmp_path / ".dbtree", "a002").write(began)
    window.runs.restore("dev")
    window.runs.cancel("a001")
    first, second = window.listener.notices
    assert first == "nothing is running"
    assert second == "a001 has ended; a002 (build all) is running: open it to stop it"
