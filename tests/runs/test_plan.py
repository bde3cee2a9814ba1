"""A plan names the exact nodes, and says them as a person would type them."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.graphs import asset, check, graph_of
from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.runs.plan import Scope, plan_again, plan_build, selector_of
from tui.runs.values import NodeRun, Run

SHOP = graph_of(
    "shop.raw -> a -> b -> c, a -> d",
    checks="unique_a@a, same@b+d, of_raw@shop.raw",
    **{"shop.raw": {"resource_type": "source"}, "d": {"materialized": "ephemeral"}},
)


def planned(*assets: str, scope: Scope = Scope.ONLY, **options: Any) -> tuple[list[str], str, str]:
    plan = plan_build(SHOP, assets, scope, **options)
    return list(plan.nodes), plan.label, plan.dbt_line


def test_an_asset_brings_the_checks_that_read_it():
    assert planned("a") == (["a", "unique_a"], "a", "dbt build --select a")


def test_a_check_comes_along_though_only_one_of_its_assets_is_selected():
    assert planned("b")[0] == ["b", "same"]


def test_upstream_downstream_and_both():
    assert planned("b", scope=Scope.UPSTREAM) == (
        ["a", "b", "of_raw", "same", "unique_a"], "+b", "dbt build --select +b",
    )  # fmt: skip
    assert planned("b", scope=Scope.DOWNSTREAM)[0] == ["b", "c", "same"]
    assert planned("b", scope=Scope.BOTH)[1:] == ("+b+", "dbt build --select +b+")


def test_all():
    nodes = ["a", "b", "c", "of_raw", "same", "unique_a"]
    assert planned(scope=Scope.ALL) == (nodes, "all", "dbt build")


def test_an_ephemeral_model_is_not_run_but_its_checks_are():
    assert planned("d")[0] == ["same"]


def test_a_source_is_not_run_but_its_checks_are():
    assert planned("shop.raw") == (["of_raw"], "shop.raw", "dbt build --select source:shop.raw")


def test_several_assets_are_counted_in_the_label():
    assert planned("a", "c", "a")[1:] == ("2 assets", "dbt build --select a c")
    assert planned("a", "c", scope=Scope.UPSTREAM)[1:] == (
        "+2 assets", "dbt build --select +a +c",
    )  # fmt: skip
    assert planned("unique_a", "of_raw")[1] == "2 checks"
    assert planned("a", "of_raw")[1] == "2 nodes"


def test_only_checks():
    assert planned("a", "b", checks_only=True, full_refresh=True) == (
        ["same", "unique_a"], "2 assets", "dbt test --select a b",
    )  # fmt: skip


def test_options_stand_in_the_line():
    line = planned("a", full_refresh=True, options="--target prod")[2]
    assert line == "dbt build --select a --full-refresh --target prod"


@pytest.mark.parametrize(
    ("assets", "options", "words"),
    [
        ((), {}, "The selection has no nodes"),
        (("gone",), {}, "The selection has no nodes"),
        (("c",), {"checks_only": True}, "c has no checks"),
    ],
)
def test_a_plan_of_nothing_says_why(assets: tuple[str, ...], options: dict, words: str):
    with pytest.raises(SelectionError, match=words):
        planned(*assets, **options)


@pytest.mark.parametrize(
    ("kind", "words"), [("source", "a is a source"), ("exposure", "a is an exposure")]
)
def test_what_cannot_be_built_says_what_it_is(kind: str, words: str):
    graph = graph_of("a", a={"resource_type": kind, "materialized": "dashboard"})
    with pytest.raises(SelectionError, match=words):
        plan_build(graph, ["a"])


# -- selectors --------------------------------------------------------------


def graph(*assets: Any, checks: Any = ()) -> AssetGraph:
    return AssetGraph({a.unique_id: a for a in assets}, {c.unique_id: c for c in checks})


def test_a_name_that_is_also_a_folder_is_told_apart_by_its_fqn():
    shop = graph(asset("orders", fqn="shop.marts.orders"), asset("x", fqn="shop.orders.x"))
    assert selector_of(shop, "orders") == "shop.marts.orders"
    assert selector_of(shop, "x") == "x"


def test_a_model_beside_a_folder_of_its_name_must_match_whole():
    shop = graph(asset("orders", fqn="shop.orders"), asset("x", fqn="shop.orders.x"))
    assert selector_of(shop, "orders") == "shop.order[s]"
    line = plan_build(shop, ["orders"]).dbt_line
    assert shlex.split(line) == ["dbt", "build", "--select", "shop.order[s]"]


def test_two_packages_may_have_the_same_name():
    shop = graph(
        asset("a", unique_id="model.shop.a"),
        asset("a", unique_id="model.utils.a", package="utils", fqn="utils.a"),
    )
    assert selector_of(shop, "model.utils.a") == "utils.a"


def test_a_version_is_told_apart_from_the_others():
    shop = graph(
        asset("dim.v1", version="1", fqn="shop.dim.v1"),
        asset("dim.v2", version="2", fqn="shop.dim.v2"),
    )
    assert selector_of(shop, "dim.v2") == "dim.v2"


def test_a_source_that_two_packages_have_is_named_with_its_package():
    shop = graph(
        asset("raw.t", unique_id="source.shop.raw.t", resource_type="source"),
        asset("raw.t", unique_id="source.utils.raw.t", resource_type="source", package="utils"),
    )
    assert selector_of(shop, "source.shop.raw.t") == "source:shop.raw.t"


def test_a_check_is_named_as_dbt_names_it():
    checks = [
        check("unique id", "a", unique_id="test.shop.unique_a_id.5c9b", fqn="shop.unique_a_id"),
        check(
            "my check", "a", unique_id="test.shop.my check", kind="singular", fqn="shop.my check"
        ),
    ]
    shop = graph(asset("a"), checks=checks)
    assert selector_of(shop, "test.shop.unique_a_id.5c9b") == "unique_a_id"
    assert selector_of(shop, "test.shop.my check") == "my?check"
    assert selector_of(shop, "unknown") == ""


# -- again ------------------------------------------------------------------


def run(**statuses: str) -> Run:
    return Run("a3f1", "failed", nodes={key: NodeRun(key, word) for key, word in statuses.items()})


def test_what_failed_and_was_skipped_runs_again_and_nothing_else():
    plan = plan_again(SHOP, run(a="success", b="error", c="skipped", same="skipped", gone="error"))
    assert plan.nodes == ("b", "c", "same")
    assert plan.label == "a3f1 again"
    assert plan.dbt_line == "dbt build --select b c"


def test_checks_that_passed_do_not_come_along_again():
    plan = plan_again(SHOP, run(b="error", same="pass", unique_a="fail"))
    assert plan.nodes == ("b", "unique_a")
    assert plan.dbt_line == "dbt build --select b unique_a --indirect-selection empty"


def test_a_run_of_checks_runs_checks_again():
    tests = Run("a3f1", "failed", kind="test", nodes={"same": NodeRun("same", "fail")})
    assert plan_again(SHOP, tests, options="--target dev").dbt_line == (
        "dbt test --select same --target dev"
    )


def test_a_run_without_failures_has_nothing_to_run_again():
    with pytest.raises(SelectionError, match="Nothing in run a3f1 failed"):
        plan_again(SHOP, run(a="success", same="warn"))
    with pytest.raises(SelectionError, match="no longer in the project"):
        plan_again(SHOP, run(gone="error"))


@pytest.mark.parametrize("checks_only", [False, True])
def test_a_selection_of_nothing_is_no_plan_in_a_first_guess_either(checks_only: bool):
    for graph in (SHOP, AssetGraph(provisional=True)):
        with pytest.raises(SelectionError, match="has no nodes"):
            plan_build(graph, ["gone"], checks_only=checks_only)
