"""A guest, in a page that `dbtree serve` shows beyond this machine, only looks."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tui.errors import DbtreeError
from tui.project.project import find_project
from tui.workspace.workspace import Workspace

REFUSED: dict[str, Callable[[Workspace, Path], Awaitable[object]]] = {
    "a typed condition": lambda it, _: it.queries.preview("model.shop.a", where="1 = 1"),
    "a typed order": lambda it, _: it.queries.preview("model.shop.a", order_by="1"),
    "a file of rows": lambda it, to: it.queries.export("model.shop.a", to / "a.csv"),
    "a query, compiled": lambda it, _: it.queries.compile_query("model.shop.a", "select 1"),
    "a query": lambda it, _: it.queries.query("model.shop.a", "select 1", limit=1),
    "a query's file": lambda it, to: it.queries.export_query("model.shop.a", "x", to / "a.csv"),
    "a sensor": lambda it, _: it.queries.evaluate_sensor("s"),
    "another state": lambda it, _: it.defer("prod"),
    "baselines": lambda it, _: it.diffs.keep_baselines(["model.shop.a"], on=True),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    project = find_project(tmp_path)
    assert project.guest_refusal == ""
    return Workspace(replace(project, readonly=True, is_guest=True))


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_asked_by_a_guest_is_refused(workspace, tmp_path, what):
    with pytest.raises(DbtreeError, match="guests only look"):
        await REFUSED[what](workspace, tmp_path)
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("settings", [{"target": "prod"}, {"vars": "a: 1"}, {"threads": 8}])
def test_a_guest_chooses_no_target_and_no_variables(workspace, settings):
    before = workspace.state.project
    with pytest.raises(DbtreeError, match="guests only look"):
        workspace.rework(**settings)
    assert workspace.state.project == before


def test_a_guest_stops_and_moves_no_run(workspace):
    for ask in (lambda: workspace.cancel("a3f1"), lambda: workspace.move("a3f1", 1)):
        workspace.notify("")
        ask()
        assert "guests only look" in workspace.state.notice


def test_a_guest_switches_and_starts_no_schedule(workspace):
    for ask in (
        lambda: workspace.schedules.switch("nightly", on=True),
        lambda: workspace.schedules.run_now("nightly"),
    ):
        with pytest.raises(DbtreeError, match="guests only look"):
            ask()
