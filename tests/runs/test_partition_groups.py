"""What is built together although its partitions differ."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.graphs import graph_of
from tui.definitions.partition_mappings import PartitionMapping, TimeWindowPartitionMapping
from tui.definitions.partitions import BackfillPolicy, StaticPartitionsDefinition
from tui.definitions.regular_partitions import DailyPartitionsDefinition
from tui.graph import AssetGraph
from tui.graph.partition_status import PartitionState, PartitionStates
from tui.runs.partition_groups import (
    Group,
    Wanted,
    groups_of,
    keys_in_states,
    keys_of_groups,
    plans_of,
)
from tui.runs.partitioned import only_partitioned
from tui.runs.plan import Scope, plan_build

DAYS = DailyPartitionsDefinition("2026-01-01", "2026-01-04")
FIRST, SECOND, THIRD = DAYS.get_partition_keys()
REGIONS = StaticPartitionsDefinition(["eu", "us"])
MADE, STALE, MISSING = PartitionState.MADE, PartitionState.STALE, PartitionState.MISSING


def shop(mapping: PartitionMapping | None = None) -> AssetGraph:
    """`visits` and `orders` by days, `letters` by regions, the rest without partitions."""
    policy = BackfillPolicy.single_run()
    mappings = json.dumps({"visits": mapping.facts()}) if mapping else ""
    return graph_of(
        "raw -> visits -> orders -> report, raw -> other, raw -> letters",
        checks="unique@orders, both@raw+orders",
        visits={"partitions": DAYS.row(policy)},
        orders={"partitions": DAYS.row(policy), "mappings": mappings},
        letters={"partitions": REGIONS.row(None)},
        report={"resource_type": "model"},
    )  # fmt: skip


def groups(graph: AssetGraph) -> list[Group]:
    return groups_of(graph, plan_build(graph, [], Scope.ALL).nodes)


def states(**of: list[PartitionState]) -> Mapping[str, PartitionStates]:
    found = {}
    for name, each in of.items():
        keys = REGIONS.get_partition_keys() if name == "letters" else DAYS.get_partition_keys()
        there = frozenset(k for k, one in zip(keys, each, strict=True) if one is not MISSING)
        found[name] = PartitionStates(dict(zip(keys, each, strict=True)), there)
    return found


def test_what_is_upstream_comes_first_and_what_is_alike_together() -> None:
    assert [group.assets for group in groups(shop())] == [
        ("raw", "other"), ("letters",), ("visits", "orders"), ("report",),
    ]  # fmt: skip


def test_a_check_runs_with_the_last_of_what_it_reads() -> None:
    found = {group.assets: set(group.nodes) for group in groups(shop())}
    assert found["visits", "orders"] == {"visits", "orders", "unique", "both"}
    assert found["raw", "other"] == {"raw", "other"}


def test_what_reads_other_partitions_of_the_same_comes_in_a_run_of_its_own() -> None:
    moved = groups(shop(TimeWindowPartitionMapping(start_offset=-1)))
    assert [group.assets for group in moved if group.partitioned][1:] == [("visits",), ("orders",)]


EACH = states(
    visits=[MADE, STALE, MISSING], orders=[MADE, MADE, MISSING], letters=[MISSING, MADE]
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        (Wanted.STALE, [(), (SECOND,), ()]),
        (Wanted.NOT_CURRENT, [(), ("eu",), (SECOND, THIRD), ()]),
        (Wanted.LATEST, [(), ("us",), (THIRD,), ()]),
        (Wanted.ALL, [(), ("eu",), ("us",), (FIRST, SECOND, THIRD), ()]),
        (Wanted.NONE, [(), ()]),
    ],
)
def test_which_partitions_are_made_is_said_for_all_at_once(
    wanted: Wanted, runs: list[tuple[str, ...]]
) -> None:
    graph = shop()
    found = groups(graph)
    plan = plan_build(graph, [], Scope.ALL)
    plans = plans_of(plan, graph, found, keys_of_groups(graph, found, EACH, wanted))
    assert [one.partitions for one in plans] == runs
    built = [key for one in plans for key in one.nodes]
    expected = {key for one in found for key in one.nodes if one.partitioned is None}
    assert expected <= set(built)


def test_what_is_made_of_a_stale_partition_is_made_after_it() -> None:
    graph = shop(TimeWindowPartitionMapping(start_offset=-1))
    each = states(visits=[STALE, MADE, MADE], orders=[MADE, MADE, MISSING],
                  letters=[MADE, MADE])  # fmt: skip
    found = groups(graph)
    keys = dict(
        zip((one.assets for one in found), keys_of_groups(graph, found, each, Wanted.STALE),
            strict=True)
    )  # fmt: skip
    assert keys["visits",] == {FIRST}
    assert keys["orders",] == {FIRST, SECOND}
    assert not keys["letters",]


def test_the_runs_of_a_part_name_it_and_keep_the_options() -> None:
    graph = shop()
    plan = plan_build(graph, [], Scope.ALL, options="--target prod")
    found = groups(graph)
    plans = plans_of(plan, graph, found, keys_of_groups(graph, found, EACH, Wanted.LATEST))
    assert [one.label for one in plans] == [
        "raw and 1 more", "letters · us", f"visits and 1 more · {THIRD}", "report",
    ]  # fmt: skip
    assert all("--target prod" in one.dbt_line for one in plans)


def test_a_backfill_makes_of_each_group_what_is_in_some_states() -> None:
    graph = shop()
    plan = only_partitioned(plan_build(graph, [], Scope.ALL), graph)
    found = groups_of(graph, plan.nodes)
    keys = keys_in_states(graph, found, EACH, [MISSING, STALE])
    plans = plans_of(plan, graph, found, keys, per_run=1)
    assert [(one.label.partition(" ")[0], one.partitions) for one in plans] == [
        ("letters", ("eu",)), ("visits", (SECOND,)), ("visits", (THIRD,)),
    ]  # fmt: skip
    together = plans_of(plan, graph, found, keys, per_run=None)
    assert [one.partitions for one in together] == [("eu",), (SECOND, THIRD)]
