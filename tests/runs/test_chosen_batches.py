"""Chosen batches of microbatch models are made by dbt's event time."""

from __future__ import annotations

import json

import pytest

from tests.graphs import graph_of
from tui.cli.commands.materialize import of_partitions
from tui.definitions.partitions import BackfillPolicy
from tui.definitions.regular_partitions import (
    DailyPartitionsDefinition,
    MonthlyPartitionsDefinition,
)
from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.graph.partition_status import PartitionState
from tui.runs.batches import Batch
from tui.runs.freshness_plan import plan_retry
from tui.runs.partition_groups import groups_of
from tui.runs.partitioned import (
    BY_POLICY,
    backfill,
    common_partitions,
    in_parts,
    keys_in,
    latest_only,
    root_partitions,
    states_of,
)
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.runs.run_options import RunOptions
from tui.runs.values import History, NodeRun, Run

DAYS = DailyPartitionsDefinition("2026-01-30", "2026-02-03")
KEYS = list(DAYS.get_partition_keys())
MONTHS = MonthlyPartitionsDefinition("2026-01-01", "2026-03-01")


def shop(**of: dict[str, str]) -> AssetGraph:
    """`daily` and `daily_too` in batches of days, `monthly` of months, the rest without."""
    days, months = ({"batches": one.row(BackfillPolicy.single_run())} for one in (DAYS, MONTHS))
    return graph_of(
        "raw -> daily -> daily_too -> monthly -> report", checks="unique@daily, some@report",
        **{"daily": days, "daily_too": days, "monthly": months, **of},
    )  # fmt: skip


def built(*names: str, options: RunOptions | None = None, graph: AssetGraph) -> RunPlan:
    return plan_build(graph, names, run_options=options)


def test_a_run_for_batches_is_a_dbt_line_with_their_event_time() -> None:
    graph = shop()
    plan = built("daily", graph=graph)
    given = common_partitions(graph, plan.nodes)
    assert given is not None
    chosen = keys_in(given, between="2026-01-31...2026-02-01")
    made = in_parts(plan, graph, given.partitions, chosen)
    words = "--event-time-start 2026-01-31T00:00:00 --event-time-end 2026-02-02T00:00:00"
    assert made.dbt_line == f"dbt build --select daily {words}"
    assert " ".join(made.flags) == words
    assert (made.parts, made.partitions) == (("2026-01-31", "2026-02-01"), ())
    assert made.label == "daily · 2026-01-31...2026-02-01"


def test_the_command_line_names_batches_as_partitions() -> None:
    graph = shop()
    plan = built("daily", graph=graph)
    assert of_partitions(plan, graph, "2026-02-01", "").parts == ("2026-02-01",)
    assert of_partitions(plan, graph, "", "2026-01-31...2026-02-02").parts == tuple(KEYS[1:])
    assert of_partitions(plan, graph, "", "") is plan  # dbt chooses them
    with pytest.raises(SelectionError, match="there is 2026-01-30 to 2026-02-02"):
        of_partitions(plan, graph, "2026-12-24", "")
    with pytest.raises(SelectionError, match="have different batches"):
        of_partitions(built("daily", "monthly", graph=graph), graph, "2026-02-01", "")


def test_batches_and_an_event_time_cannot_both_be_named() -> None:
    graph = shop()
    timed = RunOptions(event_start="2026-01-30", event_end="2026-01-31")
    with pytest.raises(SelectionError, match="either batches or an event time"):
        in_parts(built("daily", options=timed, graph=graph), graph, DAYS, KEYS[:1])


def test_a_backfill_builds_only_microbatch_models_and_their_checks() -> None:
    graph = shop()
    plan = plan_build(graph, [], Scope.ALL)
    found = backfill(plan, graph, [KEYS[0], KEYS[2], KEYS[3]], per_run=BY_POLICY)
    assert [(one.label, one.parts) for one in found] == [
        ("daily and 1 more · 2026-01-30", ("2026-01-30",)),
        ("daily and 1 more · 2026-02-01...2026-02-02", ("2026-02-01", "2026-02-02")),
        ("monthly · 2026-01-01...2026-02-01", ("2026-01-01", "2026-02-01")),
    ]  # fmt: skip
    assert found[0].nodes == ("daily", "daily_too", "unique")
    assert found[2].nodes == ("monthly",)
    each = backfill(built("daily", graph=graph), graph, KEYS, per_run=1, limit=2)
    assert [one.parts for one in each] == [(KEYS[0],), (KEYS[1],)]


def test_where_something_has_partitions_batches_do_not_count() -> None:
    graph = shop(report={"partitions": DAYS.row(BackfillPolicy.single_run())})
    plan = plan_build(graph, [], Scope.ALL)
    root = root_partitions(graph, plan.nodes)
    assert root is not None
    assert root[0].nodes == ("report",)
    with_some = [one.assets for one in groups_of(graph, plan.nodes) if one.partitioned is not None]
    assert with_some == [("report",)]


def test_what_starts_by_itself_makes_the_batches_that_dbt_makes() -> None:
    graph = shop()
    plan = built("daily", graph=graph)
    assert latest_only(plan, graph) is plan


def test_batches_that_wait_are_queued() -> None:
    graph = shop()
    waiting = backfill(built("daily", graph=graph), graph, KEYS[:2], per_run=None)
    found = states_of(graph, "daily", History(), {}, queue=waiting)
    assert found.of(PartitionState.QUEUED) == KEYS[:2]
    assert found.of(PartitionState.MISSING) == KEYS[2:]


def test_batches_of_a_run_that_began_are_queued_until_dbt_begins_them() -> None:
    graph = shop()
    [plan] = backfill(built("daily", graph=graph), graph, KEYS[:3], per_run=None)

    def during(status: str, *begun: Batch) -> dict[str, str]:
        node = NodeRun("daily", status, batches=json.dumps(begun) if begun else "")
        run = Run("a3f1", "running", command=plan.dbt_line, nodes={"daily": node})
        found = states_of(graph, "daily", History(), {}, [run])
        return {key: state.value for key, state in found.states.items()}

    waits = ["queued", "queued", "queued", "missing"]
    assert list(during("queued").values()) == waits
    begun = Batch(KEYS[0], "running", 1.0, 0.0, "", "")
    assert list(during("running", begun).values()) == ["running", *waits[1:]]
    done = begun._replace(status="success", finished_at=2.0)
    second = begun._replace(name=KEYS[1])
    assert list(during("running", done, second).values())[1:] == ["running", "queued", "missing"]
    by_hand = Run(
        "b1", "running", command="dbt build", nodes={"daily": NodeRun("daily", "running")}
    )
    states = states_of(graph, "daily", History(), {}, [by_hand])
    assert states.of(PartitionState.MISSING) == KEYS  # dbt has not said which


def batches(*statuses: str) -> str:
    rows = [Batch(key, word, 1.0, 2.0, "", "") for key, word in zip(KEYS, statuses, strict=True)]
    return json.dumps(rows)


def failed(**nodes: NodeRun) -> Run:
    return Run("a3f1", "failed", nodes=nodes)


def test_a_retry_makes_the_batches_that_failed() -> None:
    words = batches("success", "error", "skipped", "success")
    run = failed(daily=NodeRun("daily", "partial success", batches=words))
    again = plan_retry(shop(), run)
    assert again.dbt_line.endswith(
        "--event-time-start 2026-01-31T00:00:00 --event-time-end 2026-02-02T00:00:00"
    )
    assert "--event-time-start" in again.flags


def test_a_retry_makes_all_batches_where_a_model_below_was_skipped() -> None:
    words = batches("success", "error", "success", "success")
    run = failed(
        daily=NodeRun("daily", "partial success", batches=words),
        daily_too=NodeRun("daily_too", "skipped"),
    )
    assert plan_retry(shop(), run).dbt_line.endswith(
        "--event-time-start 2026-01-30T00:00:00 --event-time-end 2026-02-03T00:00:00"
    )


def test_a_retry_without_batches_has_no_event_time() -> None:
    run = failed(report=NodeRun("report", "error"))
    assert "--event-time" not in plan_retry(shop(), run).dbt_line
