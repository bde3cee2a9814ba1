"""What made a run fail stays in view above its log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.runs.logs import RunWriter
from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import opened
from tui.graph import GraphChanges
from tui.protocol import events
from tui.runs.log import LogFilter, RunLog
from tui.runs.values import NodeRun, Run
from tui.ui.panels.run_causes import cause_lines
from tui.ui.theme.glyphs import UNICODE

LOCKED = (
    "The database shop.duckdb is in use by python3.11 (PID 4711): close it there, then run again."
)


def told(run: Run, root: Path, *, width: int = 90, most: int = 4) -> list[str]:
    lines = cause_lines(run, sample.shop(root), UNICODE, width=width, most=most)
    return [line.plain for line in lines]


def test_a_database_that_is_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    run = replace(sample.failed_run(), status="error", message=LOCKED, nodes={})
    assert told(run, tmp_path, width=120) == [f"✗ {LOCKED}"]
    narrow = told(run, tmp_path, width=60)
    assert " ".join(line.strip("✗ ") for line in narrow) == LOCKED


def test_each_error_is_a_line_with_dbts_reason_and_its_place(tmp_path: Path) -> None:
    (line,) = told(sample.failed_run(), tmp_path, width=200)
    assert line.startswith('✗ orders  Binder Error: Referenced column "order_totl" not found')
    assert line.endswith("models/marts/orders.sql:14  ⊘ 2 skipped")


def test_what_failed_first_comes_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    nodes = {
        f"model.shop.m{number}": NodeRun(
            f"model.shop.m{number}", "error", 0.0, 100.0 - number, 0.1, "Boom"
        )
        for number in range(9)
    }
    lines = told(replace(sample.failed_run(), nodes=nodes), tmp_path)
    assert [line.split()[1] for line in lines[:3]] == ["m8", "m7", "m6"]
    assert lines[3].strip().startswith("+6 more")


def test_a_source_that_the_same_run_builds_is_told_as_the_cause(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    seed, orders = shop.graph.assets["seed.shop.raw_orders"], shop.graph.assets["model.shop.orders"]
    source = next(one for one in shop.graph.assets.values() if one.resource_type == "source")
    changes = GraphChanges(
        (
            source._replace(relation=seed.relation),
            orders._replace(depends_on=(source.unique_id,)),
        )
    )
    state = replace(shop, graph=shop.graph.apply(changes))
    run = sample.failed_run()
    words = "is built by seed raw_orders in the same run, and nothing orders them"
    nodes = {**run.nodes, seed.unique_id: NodeRun(seed.unique_id, "success")}
    lines = cause_lines(replace(run, nodes=nodes), state, UNICODE, width=200, most=4)
    assert [words in line.plain for line in lines] == [False, True]
    without = {key: node for key, node in run.nodes.items() if key != seed.unique_id}
    lines = cause_lines(replace(run, nodes=without), state, UNICODE, width=200, most=4)
    assert len(lines) == 1


def test_a_run_that_went_well_has_no_cause(tmp_path: Path) -> None:
    assert told(sample.full_run(), tmp_path) == []


async def test_the_cause_is_on_the_screen_also_of_a_run_of_the_last_time(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    whole = sample.failed_run()
    listed = replace(whole, nodes={}, summary_counts={"error": 1, "success": 1})
    state = replace(shop, runs=(listed, *shop.runs[1:]))

    def reads_its_log(workspace: StillWorkspace) -> None:
        workspace.run = lambda run_id: whole  # type: ignore[method-assign]

    async with opened(tmp_path, state, prepare=reads_its_log) as user:
        await user.sees("✗ orders  Binder Error")


def test_a_stack_trace_is_no_error_of_its_own(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, "a3f1")
    writer.write(
        events.LogLine(1.0, "error", "Encountered an error:\nIO Error: locked"),
        events.LogLine(1.0, "error", "Traceback (most recent call last):\n  File x\nIOError"),
    )
    log = RunLog(writer.directory)
    log.poll()
    wanted = LogFilter("info")
    rows = [row.text for row in log.lines(0, log.count(wanted), wanted)]
    assert rows == ["Encountered an error:", "IO Error: locked"]
    assert log.count() == 5
