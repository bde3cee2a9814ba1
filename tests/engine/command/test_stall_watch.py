"""A dbt command that is stuck is ended with a sentence, and one that works is not."""

from pathlib import Path

import pytest

from tests.engine.engine_process import Engine
from tests.engine.test_run_nodes import write_project
from tests.warm_python import warm_python
from tui.engine.command import stall_watch
from tui.engine.command.log_records import LogRecord
from tui.engine.command.stall_watch import StallWatch

LOSING = """\
import importlib.abc, sys


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "dbt.task.build":
            sys.meta_path.remove(self)
            import dbt.graph.queue as q

            done = q.GraphQueue.mark_done
            q.GraphQueue.mark_done = lambda self, key: None if "raw" in key else done(self, key)
        elif name == "tui.engine.command.run_process":
            import tui.engine.command.stall_watch as watch

            watch.PATIENCE = 2.0


sys.meta_path.insert(0, Finder())
"""


def said(name: str, key: str) -> LogRecord:
    return LogRecord(name, "info", "", {"node_info": {"unique_id": key}})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall_watch, "PATIENCE", -1.0)


@pytest.mark.usefixtures("impatient")
def test_a_command_is_stuck_where_nodes_are_left_and_nothing_runs() -> None:
    watch = StallWatch(["model.a", "model.b"])
    assert watch.stuck() == [], "it parses"
    watch.take(said("NodeStart", "operation.hook"))
    watch.take(said("NodeFinished", "operation.hook"))
    assert watch.stuck() == [], "it has not begun"
    watch.take(said("NodeStart", "model.a"))
    assert watch.stuck() == [], "one runs"
    watch.take(said("NodeFinished", "model.a"))
    assert watch.stuck() == ["model.b"]
    watch.take(said("NodeStart", "model.b"))
    watch.take(said("NodeFinished", "model.b"))
    assert watch.stuck() == [], "a hook at the end may take long"


def test_what_says_something_is_not_stuck() -> None:
    watch = StallWatch(["model.a", "model.b"])
    watch.take(said("NodeStart", "model.a"))
    watch.take(said("NodeFinished", "model.a"))
    assert watch.stuck() == []


@pytest.mark.dbt
def test_a_dbt_that_loses_a_node_is_ended(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(LOSING)
    engine = Engine(
        write_project(tmp_path / "shop"),
        {"PYTHONPATH": str(tmp_path)},
        module="tui.engine.command",
        dbt_command=[warm_python(), "-m", "dbt.cli.main"],
    )
    run = engine.run(["seed.shop.raw", "model.shop.totals"], threads=2, record_rows=False)
    engine.close()
    assert (run.end.status, run.code) == ("error", 2)
    assert run.end.message.startswith("dbt's queue is stuck: 1 node left, and nothing is running")
    assert run.statuses() == {"seed.shop.raw": "success", "model.shop.totals": "skipped"}
