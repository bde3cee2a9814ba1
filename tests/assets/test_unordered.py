"""A source whose relation the project builds itself."""

from __future__ import annotations

from typing import Any

from tests.graphs import graph_of
from tui.assets import AssetGraph
from tui.assets.unordered import builder_of, warning


SALES = "source.shop.raw.sales"


def shop(of_source: str, **changes: Any) -> AssetGraph:
    source = {"resource_type": "source", "relation": of_source, "name": "sales"}
    seed = {"resource_type": "seed", "relation": '"db"."main"."sales"', **changes}
    return graph_of(f"{SALES} -> a, seed", **{SALES: source, "seed": seed})


def test_a_seed_that_makes_the_very_relation_is_found_whatever_the_quotes() -> None:
    for relation in ('"db"."main"."sales"', "db.main.Sales", "`DB`.`main`.`sales`"):
        graph = shop(relation)
        found = builder_of(graph, SALES)
        assert found is graph.assets["seed"]
        words = warning(graph.assets[SALES], graph.assets["seed"])
        assert words.startswith("raw.sales is built by seed seed of this project, and nothing")


def test_another_relation_an_ephemeral_model_and_a_model_are_no_builders() -> None:
    assert builder_of(shop("db.other.sales"), SALES) is None
    assert builder_of(shop("db.main.sales", materialized="ephemeral"), SALES) is None
    assert builder_of(shop("db.main.sales"), "a") is None
    assert builder_of(shop("db.main.sales"), "seed") is None


def test_a_source_without_a_relation_has_no_builder() -> None:
    assert builder_of(shop("", relation=""), SALES) is None
