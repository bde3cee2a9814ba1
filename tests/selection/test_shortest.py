"""The shortest selector that says a set of assets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graphs import graph_of, graphs, layered
from tui.graph import AssetGraph
from tui.selection import Scene, select, shortest, with_checks

GRAPH = graph_of(
    "raw -> stg -> orders -> daily, items -> orders, items -> stock, orders -> weekly",
    checks="unique@orders, both@stg+items",
    daily={"tags": ("mart",)},
    weekly={"tags": ("mart",)},
    stock={"tags": ("mart", "pii")},
)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("", ""),
        ("orders", "orders"),
        ("raw stg", "+stg"),
        ("raw stg items orders", "+orders"),
        ("orders daily weekly", "orders+"),
        ("daily weekly stock", "tag:mart"),
        ("daily weekly stock stg", "stg tag:mart"),
        ("stg orders daily", "stg+,+daily"),
        ("orders unique", "orders"),
        ("unique", "unique"),
        ("raw stg items orders daily weekly stock", "*"),
        ("gone", ""),
    ],
)
def test_marks_are_said_in_few_letters(marks: str, said: str):
    assert shortest(Scene(GRAPH), marks.split()) == said


def as_dbt_names(graph: AssetGraph) -> AssetGraph:
    """The same with qualified names as dbt gives them: sources have a table, checks a name."""
    assets = {
        key: asset._replace(
            name=f"raw.{key}" if asset.resource_type == "source" else key,
            fqn=f"{asset.package}.{asset.path.split('/')[1 % len(asset.path.split('/'))]}.{key}",
        )
        for key, asset in graph.assets.items()
    }
    checks = {key: check._replace(fqn=f"shop.a.{key}") for key, check in graph.checks.items()}
    return AssetGraph(assets, checks, graph.macros)


@settings(max_examples=60, deadline=None)
@given(graphs().map(as_dbt_names), st.data())
def test_what_it_says_selects_exactly_the_marks(graph: AssetGraph, data: st.DataObject):
    keys = sorted(graph.assets) + sorted(graph.checks)
    marks = data.draw(st.sets(st.sampled_from(keys)) if keys else st.just(set()))
    said = shortest(Scene(graph), marks)
    assert select(Scene(graph), said) == with_checks(graph, marks)


def test_a_large_project_is_no_matter():
    graph = layered(2000)
    marks = {key for key in graph.assets if hash(key) % 3}
    said = shortest(Scene(graph), marks)
    assert select(Scene(graph), said) == with_checks(graph, marks)
