"""A source whose relation the project builds itself."""

from __future__ import annotations

from tests.graphs import asset
from tui.graph import AssetGraph
from tui.graph.unordered_sources import builder_of, unordered_reads, warning

SALES = "source.shop.raw.sales"


def shop(of_source: str, of_seed: str = '"db"."main"."sales"', built: str = "seed") -> AssetGraph:
    source = asset(SALES, resource_type="source", relation=of_source)
    seed = asset("seed", resource_type="seed", relation=of_seed, materialized=built)
    reader = asset("a", (SALES,))
    return AssetGraph({one.unique_id: one for one in (source, seed, reader)})


def test_a_seed_that_makes_the_very_relation_is_found_whatever_the_quotes() -> None:
    for relation in ('"db"."main"."sales"', "db.main.Sales", "`DB`.`main`.`sales`"):
        graph = shop(relation)
        assert builder_of(graph, SALES) is graph.assets["seed"]
        words = warning(graph.assets[SALES], graph.assets["seed"])
        assert words.startswith("raw.sales is built by seed seed of this project, but dbt")


def test_another_relation_an_ephemeral_model_and_a_model_are_no_builders() -> None:
    assert builder_of(shop("db.other.sales"), SALES) is None
    assert builder_of(shop("db.main.sales", built="ephemeral"), SALES) is None
    assert builder_of(shop("db.main.sales"), "a") is None
    assert builder_of(shop("db.main.sales"), "seed") is None


def test_a_source_without_a_relation_has_no_builder() -> None:
    assert builder_of(shop("", of_seed=""), SALES) is None


def test_the_readers_of_such_a_source_and_the_source_itself_are_told_of_it() -> None:
    graph = shop('"db"."main"."sales"')
    pair = (graph.assets[SALES], graph.assets["seed"])
    assert unordered_reads(graph, SALES) == [pair]
    assert unordered_reads(graph, "a") == [pair]
    assert unordered_reads(graph, "seed") == []
    assert unordered_reads(graph, "nothing") == []
