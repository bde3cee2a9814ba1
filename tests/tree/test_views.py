"""Folders and groups: the same assets arranged in other ways."""

import pytest
from hypothesis import given

from tests.graphs import graph_of, graphs
from tests.tree.trees import assets_in, drawn, labels
from tui.graph import AssetGraph, AssetStatus, History, Materialization, Status
from tui.tree import AssetTree, Sort, View


def test_folders_are_as_the_files_lie_directories_first():
    graph = graph_of(
        "a, b, c, d",
        a={"path": "models/staging/a.sql"},
        b={"path": "models/b.sql"},
        c={"path": "seeds/c.csv"},
        d={"path": "models/marts/deep/d.sql"},
    )
    assert drawn(AssetTree.of(graph, View.FOLDERS)) == [
        "▾models",
        "├▾marts",
        "│ └▾deep",
        "│   └ d",
        "├▾staging",
        "│ └ a",
        "└ b",
        "▾seeds",
        "└ c",
    ]


def test_with_packages_each_package_is_a_header_with_its_own_directories():
    graph = graph_of(
        "a, b",
        a={"path": "models/a.sql"},
        b={"path": "dbt_packages/utils/models/b.sql", "package": "utils"},
    )
    assert drawn(AssetTree.of(graph, View.FOLDERS)) == [
        "▾shop",
        "└▾models",
        "  └ a",
        "▾utils",
        "└▾models",
        "  └ b",
    ]


def test_an_asset_with_two_tags_stands_under_the_first_and_is_referred_to_under_the_second():
    graph = graph_of("a, b, c", a={"tags": ("daily", "pii")}, b={"tags": ("pii",)})
    assert drawn(AssetTree.of(graph, View.TAG)) == [
        "▾daily",
        "└ a",
        "▾pii",
        "├ b",
        "└ ↗a",
        "▾no tag",
        "└ c",
    ]


def test_groups_by_status_put_what_needs_attention_first():
    statuses = {
        "a": AssetStatus(Status.FRESH),
        "b": AssetStatus(Status.FAILED),
        "c": AssetStatus(Status.STALE),
    }
    tree = AssetTree.of(graph_of("a, b, c"), View.STATUS, statuses=statuses)
    assert labels(tree) == ["failed", "b", "stale", "c", "fresh", "a"]
    statuses["b"] = AssetStatus(Status.FRESH)
    assert labels(tree.with_graph(tree.graph, statuses)) == ["stale", "c", "fresh", "a", "b"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NAME, ["a", "b", "c"]),
        (Sort.STATUS, ["c", "a", "b"]),
        (Sort.AGE, ["b", "c", "a"]),
        (Sort.DURATION, ["a", "c", "b"]),
    ],
)
def test_siblings_are_sorted(sort: Sort, expected: list[str]):
    statuses = {
        "a": AssetStatus(Status.FRESH, since=10.0),
        "b": AssetStatus(Status.FRESH, since=30.0),
        "c": AssetStatus(Status.FAILED, since=20.0),
    }
    took = {"a": 9.0, "b": 1.0, "c": 5.0}
    history = History(
        {key: Materialization(key, "dev", "r", "success", 0, 0, took[key]) for key in took}
    )
    tree = AssetTree.of(graph_of("a, b, c"), View.LINEAGE, sort, statuses, history)
    assert labels(tree) == expected


@given(graphs())
def test_every_view_shows_each_asset_exactly_once(graph: AssetGraph):
    for view in View:
        assert sorted(assets_in(AssetTree.of(graph, view))) == sorted(graph.assets)
