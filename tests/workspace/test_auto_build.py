"""Armed assets are compiled or built by themselves when they are saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.graphs import graph_of
from tui.graph import AssetStatus, Status
from tui.project.project import Project
from tui.protocol.messages import Described
from tui.runs.plan import RunPlan
from tui.workspace.auto_build import DEBOUNCE, AutoBuild, made_of
from tui.workspace.auto_build_values import Armed, Mode
from tui.workspace.state import WorkspaceState

GRAPH = graph_of(
    "raw -> e -> a -> b", checks="unique@a", e={"materialized": "ephemeral"},
    a={"macros": ("m",)}, macros={"m": "1"},
)  # fmt: skip


class Bench:
    """A workspace in which only what the tests say happens."""

    def __init__(self) -> None:
        statuses = {key: AssetStatus(Status.FRESH) for key in GRAPH.assets}
        self.state = WorkspaceState(
            Project(Path("/p"), "p", target="dev"), GRAPH, statuses, is_confirmed=True
        )
        self.plans: list[RunPlan] = []
        self.compiled: list[str] = []
        self.problem = ""
        self.armed: Mapping[str, Armed] = {}
        self._subscribers: list[Callable[[WorkspaceState], None]] = []
        self.auto_build = AutoBuild(self, self, self.armed_changed)

    def subscribe(self, subscriber: Callable[[WorkspaceState], None]) -> Callable[[], None]:
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def publish(self, **facts: Any) -> None:
        self.state = replace(self.state, **facts)
        for subscriber in self._subscribers:
            subscriber(self.state)

    def materialize(self, plan: RunPlan) -> None:
        self.plans.append(plan)
        self.status(Status.QUEUED, *plan.nodes)

    async def describe(self, unique_id: str, *, compile: bool = False) -> Described:
        self.compiled.append(unique_id)
        return Described(0, unique_id, {"compile_problem": self.problem})

    def armed_changed(self, armed: Mapping[str, Armed]) -> None:
        self.armed = armed

    def status(self, status: Status, *keys: str) -> None:
        found = {key: AssetStatus(status) for key in keys if key in GRAPH.assets}
        self.publish(statuses={**self.state.statuses, **found})

    def save(self, key: str, text: str) -> None:
        graph = self.state.graph
        asset = graph.assets[key]
        changed = asset._replace(fingerprint=asset.fingerprint._replace(sql=text))
        self.publish(graph=replace(graph, assets={**graph.assets, key: changed}))


async def settled() -> None:
    """Let the moment pass after which a save counts."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(DEBOUNCE * 1.5, passed.set_result, None)
    await passed


async def test_a_save_builds_nothing_before_dbt_has_parsed_it() -> None:
    bench = Bench()
    bench.auto_build.arm(["a"], Mode.BUILD)
    bench.publish(phase="reparsing")
    good = bench.state.graph
    bench.save("a", "broken")
    await settled()
    assert not bench.plans
    bench.publish(graph=good, phase="ready")  # dbt could not parse it
    await settled()
    assert not bench.plans
    bench.publish(phase="reparsing")
    bench.save("a", "mended")
    bench.publish(phase="ready")
    await settled()
    assert [plan.nodes[0] for plan in bench.plans] == ["a"]


async def test_a_save_builds_an_armed_asset_once_nothing_more_is_saved() -> None:
    bench = Bench()
    bench.auto_build.arm(["a"], Mode.BUILD)
    bench.publish()
    await settled()
    assert not bench.plans  # arming is no save
    for text in ("1", "2", "3"):
        bench.save("a", text)
    bench.save("b", "1")  # not armed
    await settled()
    (plan,) = bench.plans
    assert plan.nodes == ("a", "unique")
    assert bench.armed["a"].outcome == "building"
    bench.status(Status.CHECKS_FAILED, "a")
    assert bench.armed["a"] == Armed(Mode.BUILD, "checks failed", False)


async def test_a_save_while_it_is_built_waits_for_the_end_of_that() -> None:
    bench = Bench()
    bench.auto_build.arm(["a"], Mode.DOWNSTREAM)
    bench.save("a", "1")
    await settled()
    assert bench.plans[0].nodes == ("a", "b", "unique")
    bench.save("a", "2")
    await settled()
    bench.status(Status.RUNNING, "a")
    await settled()
    assert len(bench.plans) == 1
    bench.status(Status.FRESH, "a")  # b is still being built
    await settled()
    assert len(bench.plans) == 1
    bench.status(Status.FRESH, "b")
    await settled()
    assert len(bench.plans) == 2


@pytest.mark.parametrize("problem", ["", "Compilation Error in model a (a.sql)\n  no such ref"])
async def test_compiling_tells_whether_it_compiles(problem: str) -> None:
    bench = Bench()
    bench.problem = problem
    bench.auto_build.arm(["a"], Mode.COMPILE)
    bench.auto_build.arm(["b"], Mode.PARSE)
    bench.save("a", "1")
    bench.save("b", "1")
    await settled()
    assert bench.compiled == ["a"]
    assert not bench.plans
    assert bench.armed["a"].outcome == ("no such ref" if problem else "compiled")
    assert bench.armed["a"].is_good is not bool(problem)
    assert bench.armed["b"].outcome == "parsed"


async def test_another_target_disarms_everything() -> None:
    bench = Bench()
    bench.auto_build.arm(["a", "b"], Mode.BUILD)
    bench.publish(project=replace(bench.state.project, target="prod"))
    bench.save("a", "1")
    await settled()
    assert not bench.plans
    assert not bench.armed


async def test_a_graph_that_dbt_has_not_confirmed_saves_nothing() -> None:
    bench = Bench()
    bench.auto_build.arm(["a"], Mode.BUILD)
    bench.publish(is_confirmed=False)
    bench.save("a", "1")
    await settled()
    assert not bench.plans
    bench.auto_build.arm(["a"], None)
    assert not bench.armed
    bench.auto_build.close()


def test_an_asset_is_made_of_its_macros_and_ephemeral_models_too() -> None:
    before = made_of(GRAPH, "a")
    assert made_of(replace(GRAPH, macros={"m": "2"}), "a") != before
    e = GRAPH.assets["e"]
    changed = e._replace(fingerprint=e.fingerprint._replace(sql="2"))
    assert made_of(replace(GRAPH, assets={**GRAPH.assets, "e": changed}), "a") != before
    tagged = {**GRAPH.assets, "a": GRAPH.assets["a"]._replace(tags=("x",))}
    assert made_of(replace(GRAPH, assets=tagged), "a") == before
