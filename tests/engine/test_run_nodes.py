"""Every node that was selected ends with a result: those that dbt has a hard time with, and those
that are gone when the run starts.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.engine_process import Engine, Outcome
from tui.protocol.events import LogLine, NodeStarted

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n"
    "    dev: {type: duckdb, path: shop.duckdb, threads: 2}\n",
    "seeds/raw.csv": "id,amount\n1,10\n2,20\n",
    "models/doubled.sql": "{{ config(materialized='ephemeral') }}\n"
    "select id, 2 * amount as amount from {{ ref('raw') }}\n",
    "models/totals.sql": "{{ config(materialized='table') }}\n"
    "select sum(amount) as total from {{ ref('doubled') }}\n",
    "models/apart.sql": "select 1 as one\n",
    "models/_units.yml": """
unit_tests:
  - name: doubles
    model: doubled
    given:
      - input: ref('raw')
        rows: [{id: 1, amount: 3}]
    expect:
      rows: [{id: 1, amount: 6}]
  - name: sums
    model: totals
    given:
      - input: ref('doubled')
        format: sql
        rows: select 3 as amount union all select 4 as amount
    expect:
      rows: [{total: 7}]
""",
}


def write_project(root: Path, **more: str) -> Path:
    for name, text in {**PROJECT, **more}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(write_project(tmp_path_factory.mktemp("units")))
    yield engine
    engine.close()


def unit_test(engine: Engine, name: str) -> str:
    return next(key for key in engine.checks if key.startswith("unit_test.") and name in key)


def names(outcome: Outcome) -> dict[str, str]:
    return {key.split(".")[-1]: status for key, status in outcome.statuses().items()}


def test_the_unit_test_of_an_ephemeral_model_runs_in_a_build(engine: Engine) -> None:
    built = engine.run(engine.all_nodes())
    statuses = names(built)
    assert statuses.pop("doubles") == "pass"
    assert statuses.pop("sums") == "pass"
    assert "doubled" not in statuses
    assert built.end.status == "success"
    assert set(statuses.values()) == {"success"}


@pytest.mark.parametrize("command", ["build", "test"])
@pytest.mark.parametrize("name", ["doubles", "sums"])
def test_a_unit_test_named_alone_runs(engine: Engine, name: str, command: str) -> None:
    alone = engine.run([unit_test(engine, name)], command)
    assert names(alone) == {name: "pass"}
    assert (alone.end.status, alone.code) == ("success", 0)


def test_what_reads_an_ephemeral_model_whose_unit_test_fails_is_skipped(tmp_path: Path) -> None:
    wrong = PROJECT["models/_units.yml"].replace("amount: 6", "amount: 7")
    engine = Engine(write_project(tmp_path, **{"models/_units.yml": wrong}))
    built = engine.run(engine.all_nodes())
    engine.close()
    statuses = names(built)
    assert (statuses["doubles"], statuses["totals"]) == ("fail", "skipped")
    assert (built.end.status, built.code) == ("failed", 1)


def test_what_is_gone_when_the_run_starts_is_left_out_and_reported(engine: Engine) -> None:
    gone = "model.shop.deleted_meanwhile"
    built = engine.run([gone, *engine.ids("raw", "apart")])
    assert names(built) == {"raw": "success", "apart": "success"}
    assert built.end.status == "success"
    said = [line for line in built.of(LogLine) if gone in line.text]
    assert [line.level for line in said] == ["warn"]
    assert "Traceback" not in built.stderr


def test_what_is_built_after_the_clock_went_back_is_newer_nevertheless(engine: Engine) -> None:
    first = engine.run(engine.ids("apart"))
    latest = engine.state_dir / "locks" / "latest"
    assert float(latest.read_text()) == first.end.at
    later = first.end.at + 3600
    latest.write_text(str(later))  # as if the clock had been an hour ahead
    second = engine.run(engine.ids("apart"))
    times = [event.at for event in second.events]
    assert min(times) >= later
    assert second.node("apart").started_at >= later
    assert second.end.elapsed < 3600
    assert any("behind the latest run" in line.text for line in second.of(LogLine))
    latest.write_text(str(first.end.at + 10**9))  # it was wrong, and is right now
    assert engine.run(engine.ids("apart")).end.at < later


def test_a_run_of_which_all_is_gone_says_so(engine: Engine) -> None:
    run = engine.run(["model.shop.deleted_meanwhile"])
    assert (run.end.status, run.code) == ("error", 2)
    assert run.end.message == "None of the nodes to run is in the project any more."


def test_a_source_that_the_same_run_builds_is_named_in_the_failure(tmp_path: Path) -> None:
    source = """
sources:
  - name: raw
    schema: main
    tables:
      - name: sales
        columns: [{name: who, data_tests: [not_null]}]
"""
    ordered = "select nothing from {{ source('raw', 'sales') }} -- {{ ref('sales') }}\n"
    more = {
        "models/_sources.yml": source,
        "models/ordered.sql": ordered,
        "seeds/sales.csv": "id,who\n1,a\n2,\n",
    }
    engine = Engine(write_project(tmp_path, **more))
    run = engine.run(engine.all_nodes())
    in_order = engine.run(["seed.shop.sales", "model.shop.ordered"])
    engine.close()
    # Before the seed it finds no table, after it a null: it fails in any order.
    check = next(node for key, node in run.nodes().items() if "source_not_null" in key)
    told = "raw.sales is built by seed sales in the same run, but dbt does not know the order."
    assert check.status in ("error", "fail")
    assert check.message.endswith(told)
    ends = in_order.node("ordered")
    assert ends.status == "error"
    assert told not in ends.message


def test_a_queue_that_stands_still_is_ended_with_a_sentence(tmp_path: Path) -> None:
    # A node that its thread loses: dbt 1.12 was seen to do so.
    (tmp_path / "lost.py").write_text(
        "import dbt.graph.queue as q\n"
        "plain = q.GraphQueue.mark_done\n"
        "q.GraphQueue.mark_done = lambda self, key: None if 'raw' in key else plain(self, key)\n"
        "import tui.engine.execution.stall as stall\n"
        "stall.PATIENCE = 1.0\n"
    )
    macro = tmp_path / "sitecustomize.py"
    macro.write_text(
        "import importlib.abc, importlib.util, sys\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'tui.engine.execution.tasks':\n"
        "            sys.meta_path.remove(self)\n"
        "            import lost\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    engine = Engine(write_project(tmp_path / "shop"), {"PYTHONPATH": str(tmp_path)})
    run = engine.run(["seed.shop.raw", "model.shop.totals"], threads=2)
    engine.close()
    assert (run.end.status, run.code) == ("error", 2)
    assert run.end.message.startswith("dbt's queue is stuck: 2 nodes left, and nothing is running")
    assert names(run) == {"raw": "success"}
    assert len(run.of(NodeStarted)) == 1


def test_a_queue_in_which_something_runs_is_waited_for() -> None:
    from dbt.compilation import Linker
    from dbt.graph.queue import GraphQueue

    from tui.engine.execution.stall import Activity
    from tui.engine.patches.queue_watch import QueueStalled, watch_queue

    class Nodes:
        def expect(self, key: str) -> str:
            return key

    graph = Linker().graph
    graph.add_edge("a", "b")
    queue, activity = GraphQueue(graph, Nodes(), {"a", "b"}), Activity()
    said: list[str] = []
    watch_queue(queue, activity, said.append, patience=0.3)
    assert queue.get() == "a"
    with activity:
        worker = threading.Timer(1.5, queue.mark_done, ["a"])
        worker.start()
        assert queue.get() == "b"
    worker.join()
    assert said == []
    with pytest.raises(QueueStalled):
        queue.join()
    assert len(said) == 1
