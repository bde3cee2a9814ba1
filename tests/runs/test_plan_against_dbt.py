"""What a plan announces is what dbt selects for its dbt line."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects import DEMO, PARCEL, copy_project
from tests.warm_python import warm_python
from tui.errors import SelectionError
from tui.graph import Asset, AssetGraph, Check
from tui.protocol.records import DECLARED
from tui.runs.plan import RunPlan, Scope, plan_again, plan_build, selector_of
from tui.runs.values import NodeRun, Run

pytestmark = pytest.mark.dbt


class Dbt:
    """dbt in a process of its own, with one project parsed."""

    def __init__(self, project: Path) -> None:
        self._process = subprocess.Popen(
            [warm_python(), "-m", "tests.runs.dbt_selects", str(project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assets, checks = self._answer()
        self.graph = AssetGraph(
            {row[0]: Asset.from_row(row) for row in assets},
            {row[0]: Check.from_row(row) for row in checks},
        )

    def _answer(self) -> list:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "dbt did not answer"
        answer: list = json.loads(line)
        return answer

    def selects(self, dbt_line: str) -> set[str]:
        """What dbt selects for a command line; ephemeral models are not run."""
        assert self._process.stdin is not None
        words = [word for word in shlex.split(dbt_line)[1:] if word != "--full-refresh"]
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return {
            key
            for key in self._answer()
            if key not in self.graph.assets or self.graph.assets[key].materialized != "ephemeral"
        }

    def agrees(self, plan: RunPlan) -> bool:
        assert len(set(plan.nodes)) == len(plan.nodes)
        assert (plan.dbt_line, self.selects(plan.dbt_line)) == (plan.dbt_line, set(plan.nodes))
        return True

    def agrees_about(self, asset: str, scope: Scope, *, checks_only: bool = False) -> bool:
        """Whether there is a plan, which dbt must agree with; where there is none, dbt must have
        nothing to run either.
        """
        try:
            plan = plan_build(self.graph, [asset], scope, checks_only=checks_only)
        except SelectionError:
            before = "+" if scope in (Scope.UPSTREAM, Scope.BOTH) else ""
            after = "+" if scope in (Scope.DOWNSTREAM, Scope.BOTH) else ""
            selector = shlex.quote(f"{before}{selector_of(self.graph, asset)}{after}")
            command = "test" if checks_only else "build"
            for key in self.selects(f"dbt {command} --select {selector}"):
                assert self.graph.assets[key].resource_type in DECLARED, (asset, key)
            return False
        return self.agrees(plan)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module", params=[DEMO, PARCEL], ids=["demo", "parcel"])
def dbt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    project = copy_project(request.param, tmp_path_factory.mktemp("plan") / "project")
    asked = Dbt(project)
    yield asked
    asked.close()


def test_all_of_a_project(dbt: Dbt):
    assert dbt.agrees(plan_build(dbt.graph, [], Scope.ALL))
    assert dbt.agrees(plan_build(dbt.graph, [], Scope.ALL, checks_only=True, full_refresh=True))


def test_each_asset_by_itself(dbt: Dbt):
    planned = {asset for asset in dbt.graph.assets if dbt.agrees_about(asset, Scope.ONLY)}
    kinds = {asset: row.resource_type for asset, row in dbt.graph.assets.items()}
    assert {"model", "seed"} <= {kinds[asset] for asset in planned}
    assert "exposure" not in {kinds[asset] for asset in planned}


@pytest.mark.parametrize("scope", [Scope.UPSTREAM, Scope.DOWNSTREAM, Scope.BOTH])
def test_assets_with_what_is_around_them(dbt: Dbt, scope: Scope):
    chosen = {*dbt.graph.order[::4], *dbt.graph.order[-3:]}
    planned = {asset for asset in chosen if dbt.agrees_about(asset, scope)}
    assert len(planned) > len(chosen) / 2


def test_checks_by_themselves_and_with_what_they_read(dbt: Dbt):
    for check in sorted(dbt.graph.checks)[::5]:
        assert dbt.agrees(plan_build(dbt.graph, [check]))
    assert dbt.agrees(plan_build(dbt.graph, sorted(dbt.graph.checks)[:3], Scope.UPSTREAM))


def test_marked_assets_of_all_kinds_together(dbt: Dbt):
    marked = [*dbt.graph.order[::3]]
    assert dbt.agrees(plan_build(dbt.graph, marked))
    assert dbt.agrees(plan_build(dbt.graph, marked[:4], Scope.BOTH, full_refresh=True))


def test_only_the_checks(dbt: Dbt):
    chosen = dbt.graph.order[::5]
    assert sum(dbt.agrees_about(one, Scope.UPSTREAM, checks_only=True) for one in chosen)


def test_what_failed_or_was_skipped_again(dbt: Dbt):
    everything = plan_build(dbt.graph, [], Scope.ALL).nodes
    statuses = ["success", "error", "skipped", "success", "fail", "interrupted", "warn"]
    nodes = {
        key: NodeRun(key, statuses[place % len(statuses)]) for place, key in enumerate(everything)
    }
    plan = plan_again(dbt.graph, Run("a3f1", "failed", nodes=nodes))
    assert len(plan.nodes) == sum(place % 7 in (1, 2, 4, 5) for place in range(len(everything)))
    assert dbt.agrees(plan)
