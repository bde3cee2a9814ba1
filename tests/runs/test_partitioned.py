"""Which partitions there are to make, how each is, and the runs that make them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.graphs import graph_of
from tui.definitions.partitions import BackfillPolicy, StaticPartitionsDefinition
from tui.definitions.regular_partitions import DailyPartitionsDefinition
from tui.errors import SelectionError
from tui.graph import (
    AssetGraph,
    AssetStatus,
    Fingerprint,
    History,
    Materialization,
    statuses,
)
from tui.graph.history import PartitionRecord, note_attempt
from tui.graph.partition_status import PartitionState, cells
from tui.protocol.records import Asset
from tui.runs.partition_facts import PartitionCounts
from tui.runs.partitioned import (
    backfill,
    common_partitions,
    keys_in,
    latest_only,
    partitioned,
    states_of,
    stretches,
    together,
)
from tui.runs.plan import RunPlan, plan_again, plan_build
from tui.runs.values import NodeRun, Run

DAYS = DailyPartitionsDefinition("2026-01-01", "2026-01-07")
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = DAYS.get_partition_keys()


def shop(policy: BackfillPolicy | None = None, **changes: dict[str, str]) -> AssetGraph:
    """`orders` by days upon `raw`, and `report` upon it."""
    days = {"partitions": DAYS.row(policy), "resource_type": "model"}
    return graph_of("raw -> orders -> report", checks="unique@orders, there@raw",
                    orders=days, **changes)  # fmt: skip


def attempt(
    status: str = "success", at: float = 1.0, code: str = "sql of orders"
) -> Materialization:
    built = Fingerprint(sql=code, code=code.replace("sql", "code"), config="{}")
    return Materialization("orders", "dev", f"run{at:.0f}", status, at, at, 1.0, fingerprint=built)


def after(*attempts: tuple[list[str], Materialization]) -> History:
    """The history of `orders` after attempts at some partitions each."""
    known: dict[str, PartitionRecord] = {}
    for keys, one in attempts:
        note_attempt(known, keys, one)
    return History(partitions={"orders": known})


def with_statuses(
    graph: AssetGraph, history: History
) -> tuple[AssetGraph, str, History, dict[str, AssetStatus]]:
    """`orders`, once its partitions are counted."""
    facts = PartitionCounts().count(graph, history)
    return graph, "orders", history, statuses(graph, replace(history, partition_facts=facts))


def orders(graph: AssetGraph) -> Asset:
    return graph.assets["orders"]


@pytest.mark.parametrize(
    ("chosen", "per_run", "runs"),
    [
        ("abcd", None, ["abcd"]), ("abcd", 2, ["ab", "cd"]), ("abcd", 3, ["abc", "d"]),
        ("abde", None, ["ab", "de"]), ("ace", None, ["a", "c", "e"]), ("", None, []),
        ("abde", 1, ["a", "b", "d", "e"]),
    ],
)  # fmt: skip
def test_a_run_makes_partitions_that_follow_each_other(
    chosen: str, per_run: int | None, runs: list[str]
) -> None:
    assert ["".join(group) for group in stretches("abcdef", chosen, per_run)] == runs


def test_a_backfill_builds_only_what_has_partitions() -> None:
    graph = shop(BackfillPolicy.multi_run(2))
    plan = plan_build(graph, ["raw", "orders"])
    given = common_partitions(graph, plan.nodes)
    assert given is not None
    runs = backfill(plan, graph, [FIRST, SECOND, FOURTH], per_run=given.per_run)
    assert [run.partitions for run in runs] == [(FIRST, SECOND), (FOURTH,)]
    assert {run.nodes for run in runs} == {("orders", "unique")}
    assert runs[0].dbt_line.startswith("dbtree materialize --select raw orders")
    assert runs[0].dbt_line.endswith(f"--partition-range {FIRST}...{SECOND}")
    assert runs[1].dbt_line.endswith(f"--partition {FOURTH}")
    assert len(backfill(plan, graph, DAYS.get_partition_keys(), per_run=1, limit=2)) == 2
    with pytest.raises(SelectionError, match="Nothing in raw has partitions"):
        backfill(replace(plan, label="raw", nodes=("raw",)), graph, [], per_run=1)


def test_assets_with_different_partitions_are_not_made_together() -> None:
    letters = StaticPartitionsDefinition(["a", "b"]).row(None)
    graph = shop(report={"partitions": letters})
    with pytest.raises(SelectionError, match="orders and report have different partitions"):
        common_partitions(graph, ["orders", "report"])
    assert common_partitions(graph, ["raw"]) is None


def test_keys_and_ranges_are_those_that_there_are() -> None:
    given = partitioned(orders(shop()))
    assert given is not None
    assert keys_in(given, SECOND) == [SECOND]
    assert keys_in(given, between=f"{FIRST}...{THIRD}") == [FIRST, SECOND, THIRD]
    for wrong, words in (
        ({"partition": "yesterday"}, "is not a partition"),
        ({"partition": "2025-12-31"}, "There is no partition '2025-12-31'"),
        ({"between": FIRST}, "give FIRST...LAST"),
        ({"between": f"{FIRST}...2026-02-01"}, "There is no partition '2026-02-01'"),
    ):
        with pytest.raises(SelectionError, match=words):
            keys_in(given, **wrong)


def test_a_partition_is_as_its_latest_run_left_it() -> None:
    history = after(
        ([FIRST, SECOND], attempt(at=1, code="sql of old")),
        ([SECOND, THIRD], attempt(at=2)),
        ([THIRD, FOURTH], attempt("error", at=3)),
        ([SECOND], attempt("skipped", at=4)),
    )
    plan = RunPlan("q", "build", ("orders",), "orders", "", partitions=(FIFTH,))
    node = NodeRun("orders", "running")
    run = Run("r", "running", partitions=(SECOND, SIXTH), nodes={"orders": node})
    states = states_of(*with_statuses(shop(), history))
    assert [state.value for state in states.states.values()] == [
        "stale", "materialized", "failed", "failed", "missing", "missing",
    ]  # fmt: skip
    assert states.share == "2/6"
    busy = states_of(*with_statuses(shop(), history), [run], [plan])
    assert [busy.states[key].value for key in (SECOND, FIFTH, SIXTH)] == [
        "running", "queued", "running",
    ]  # fmt: skip
    assert busy.share == "2/6"  # what is made again is there meanwhile
    assert busy.of(PartitionState.FAILED) == [THIRD, FOURTH]


def test_of_several_assets_the_one_that_asks_for_most_attention_counts() -> None:
    graph = shop()
    some = states_of(*with_statuses(graph, after(([FIRST, SECOND], attempt()))))
    none = states_of(*with_statuses(graph, History()))
    both = together({"a": some, "b": none})
    assert both.states[FIRST] is PartitionState.MISSING
    assert both.share == "0/6"


def test_a_bar_has_a_cell_for_each_partition_or_for_stretches_of_them() -> None:
    made, failed = PartitionState.MADE, PartitionState.FAILED
    assert cells([made, failed], 10) == [made, failed]
    assert cells([made] * 50 + [failed] + [made] * 49, 10) == [
        *[made] * 5, failed, *[made] * 4,
    ]  # fmt: skip
    assert len(cells([made] * 101, 10)) == 10


def test_what_starts_by_itself_makes_the_latest_partition() -> None:
    graph = shop()
    plan = plan_build(graph, ["orders"])
    assert latest_only(plan, graph).partitions == (SIXTH,)
    named = replace(plan, partitions=(FIRST,))
    assert latest_only(named, graph) is named
    plain = plan_build(graph, ["raw"])
    assert latest_only(plain, graph) is plain


def test_a_run_is_done_again_for_its_own_partitions() -> None:
    run = Run("r1", "failed", partitions=(FIRST, SECOND),
              nodes={"orders": NodeRun("orders", "error")})  # fmt: skip
    plan = plan_again(shop(), run)
    assert plan.partitions == (FIRST, SECOND)
    assert plan.dbt_line.endswith(f"--partition-range {FIRST}...{SECOND}")
    of_a_pair = plan_again(shop(), replace(run, partitions=("2026-01-01|eu",)))
    assert of_a_pair.dbt_line.endswith("--partition '2026-01-01|eu'")  # can be pasted
