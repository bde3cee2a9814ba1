"""What sensors hear of: materializations that are new, runs that ended."""

from __future__ import annotations

from tests.graphs import graph_of
from tui.graph.history import History, Materialization
from tui.protocol.sensors import OF_ASSET, OF_ASSETS, OF_RUNS, SensorRow
from tui.runs.values import NodeRun, Run
from tui.schedules.occurrences import heard_of_assets, heard_of_runs


def row(kind: str, **more) -> SensorRow:
    return SensorRow("s", kind, 30, more.pop("targets", ()), True, "", "", 0, **more)


def run(run_id: str, at: float, status: str = "success", **more) -> Run:
    return Run(run_id, status, target=more.pop("target", "dev"), finished_at=at, **more)


def runs_heard(row, cursor, *runs, now=100.0, jobs=None):
    return heard_of_runs(row, cursor, runs, "dev", now, jobs or {})


def test_a_sensor_of_runs_hears_of_those_that_end_after_it_was_evaluated_first():
    one = row(OF_RUNS, statuses=("success",))
    first = runs_heard(one, None, run("old", 90.0))
    assert first.nothing
    assert first.occurrences == ()
    second = runs_heard(one, first.cursor, run("old", 90.0), run("a", 110.0), run("b", 105.0))
    assert [each.run_id for each in second.occurrences] == ["b", "a"]
    third = runs_heard(one, second.cursor, run("a", 110.0), run("late", 107.0), run("b", 105.0))
    assert [each.run_id for each in third.occurrences] == ["late"]
    assert runs_heard(one, third.cursor, run("late", 107.0)).nothing


def test_it_hears_of_its_jobs_statuses_and_target_and_not_of_its_own_runs():
    begun = runs_heard(row(OF_RUNS), None).cursor
    runs = [
        run("bad", 101.0, "failed", label="nightly",
            nodes={"m": NodeRun("m", "error", message="no such column")}),
        run("good", 102.0, label="nightly"),
        run("own", 103.0, "failed", label="mine · 2026"),
        run("prod", 104.0, "failed", target="prod"),
        run("on", 0.0, "running"),
    ]  # fmt: skip
    failures = ("failed", "error", "interrupted")
    mine = row(OF_RUNS, statuses=failures, targets=(("mine", "*", "", ""),))
    [found] = runs_heard(mine, begun, *runs, jobs={"nightly": "load"}).occurrences
    assert (found.run_id, found.job, found.message) == ("bad", "load", "no such column")
    assert found.metadata == {"m": "no such column"}
    of_job = row(OF_RUNS, statuses=failures, jobs=("mine",))
    assert [each.run_id for each in runs_heard(of_job, begun, *runs).occurrences] == ["own"]


def test_a_sensor_of_assets_hears_of_the_latest_materialization_of_each():
    graph = graph_of("a -> b")
    keys = list(graph.assets)

    def built(key: str, at: float) -> Materialization:
        return Materialization(key, "dev", f"r{at:.0f}", "success", at, at, 0.0)

    history = History(built={keys[0]: built(keys[0], 5.0), keys[1]: built(keys[1], 3.0)})
    several = heard_of_assets(row(OF_ASSETS), None, keys, graph, history)
    assert [each.run_id for each in several.occurrences] == ["r3", "r5"]
    assert not several.nothing
    one = heard_of_assets(row(OF_ASSET), "5.0", keys[:1], graph, history)
    assert "was not materialized anew" in one.nothing
    assert not heard_of_assets(row(OF_ASSET), "4.0", keys[:1], graph, history).nothing
