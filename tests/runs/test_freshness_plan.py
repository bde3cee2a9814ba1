"""Which sources a run asks about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.graphs import asset
from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.protocol.messages import FRESHNESS
from tui.runs.freshness_plan import plan_freshness, plan_retry
from tui.runs.values import NodeRun, Run

DECLARED = '{"warn_after":{"count":1,"period":"day"}}'


def source(name: str, freshness: str = DECLARED):
    found = asset(name)
    return found._replace(
        unique_id=f"source.shop.raw.{name}", name=f"raw.{name}", resource_type="source",
        fqn=f"shop.raw.{name}", freshness=freshness,
    )  # fmt: skip


ORDERS, ITEMS, PLAIN = source("orders"), source("items"), source("plain", "")
GRAPH = AssetGraph({one.unique_id: one for one in (ORDERS, ITEMS, PLAIN, asset("m"))}, {}, {})


def test_all_sources_that_declare_it_are_asked_about_by_default() -> None:
    plan = plan_freshness(GRAPH, ["model.shop.m"], "--target prod")
    assert plan.nodes == (ORDERS.unique_id, ITEMS.unique_id)
    assert (plan.command, plan.label) == (FRESHNESS, "all sources")
    assert plan.dbt_line == "dbt source freshness --target prod"


def test_of_chosen_sources_only_these() -> None:
    plan = plan_freshness(GRAPH, [ITEMS.unique_id])
    assert (plan.nodes, plan.label) == ((ITEMS.unique_id,), "raw.items")
    assert plan.dbt_line == "dbt source freshness --select source:raw.items"


def test_sources_without_a_declaration_are_said_to_be() -> None:
    with pytest.raises(SelectionError, match=r"raw\.plain: `freshness` is not declared"):
        plan_freshness(GRAPH, [PLAIN.unique_id])
    with pytest.raises(SelectionError, match="No source of this project"):
        plan_freshness(AssetGraph({PLAIN.unique_id: PLAIN}, {}, {}))


def test_a_retry_asks_again_about_those_that_were_not_fresh() -> None:
    nodes = {
        ORDERS.unique_id: NodeRun(ORDERS.unique_id, "pass"),
        ITEMS.unique_id: NodeRun(ITEMS.unique_id, "error", message="late"),
    }
    run = Run("a3f1", "failed", kind=FRESHNESS, nodes=nodes)
    assert plan_retry(GRAPH, run).nodes == (ITEMS.unique_id,)
    fresh = replace(run, nodes={ORDERS.unique_id: nodes[ORDERS.unique_id]})
    assert plan_retry(GRAPH, fresh).nodes == (ORDERS.unique_id,)
