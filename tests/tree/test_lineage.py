"""The lineage: each asset once under its deepest parent, references under the others."""

from hypothesis import given

from tests.graphs import graph_of, graphs, layered
from tests.tree.trees import assets_in, drawn
from tui.graph import AssetGraph
from tui.tree import AssetTree, RowKind, inner_guides

SHOP = (
    "raw_customers -> stg_customers -> customers, raw_orders -> stg_orders -> orders,"
    "stg_orders -> customers, raw_payments -> stg_payments -> orders"
)


def test_an_asset_stands_under_its_first_parent_and_references_to_it_under_the_others():
    assert drawn(AssetTree.of(graph_of(SHOP))) == [
        "▾raw_customers",
        "└▾stg_customers",
        "  └ customers",
        "▾raw_orders",
        "└▾stg_orders",
        "  ├ orders",
        "  └ ↗customers",
        "▾raw_payments",
        "└▾stg_payments",
        "  └ ↗orders",
    ]


def test_an_asset_stands_under_its_deepest_parent_whatever_the_names():
    assert drawn(AssetTree.of(graph_of("a -> z, m -> n -> o -> z"))) == [
        "▾a",
        "└ ↗z",
        "▾m",
        "└▾n",
        "  └▾o",
        "    └ z",
    ]


def test_what_depends_on_itself_in_a_circle_still_stands_somewhere():
    tree = AssetTree.of(graph_of("a -> b -> c -> b, x -> x"))
    assert sorted(assets_in(tree)) == ["a", "b", "c", "x"]


def test_an_upstream_that_does_not_exist_is_left_out():
    graph = graph_of("a -> b")
    only = AssetGraph({"b": graph.assets["b"]})
    assert drawn(AssetTree.of(only)) == [" b"]


def test_a_chain_of_a_thousand_assets_is_no_deeper_than_it_is_long():
    tree = AssetTree.of(graph_of(" -> ".join(f"m{n:04}" for n in range(1000))))
    assert len(tree) == 1000
    assert tree.row(999).depth == 999
    assert tree.row(999).guides == (False,) * 999
    assert inner_guides(tree.row(999), 3) == (996, (False, False, False))
    assert inner_guides(tree.row(2), 3) == (0, (False, False))
    assert inner_guides(tree.row(2), 0) == (2, ())


def test_ten_thousand_assets_stand_in_the_tree_once_each():
    graph = layered(10_000)
    assert sorted(assets_in(AssetTree.of(graph))) == sorted(graph.assets)


@given(graphs())
def test_each_asset_stands_exactly_once(graph: AssetGraph):
    assert sorted(assets_in(AssetTree.of(graph))) == sorted(graph.assets)


@given(graphs())
def test_every_edge_is_either_a_branch_of_the_tree_or_a_reference(graph: AssetGraph):
    tree = AssetTree.of(graph)
    edges = []
    for index in range(len(tree)):
        above = tree.visible.parent(index)
        if above is not None:
            edges.append((tree.row(above).unique_id, tree.row(index).unique_id))
    assert sorted(edges) == sorted(
        (parent, key) for key, asset in graph.assets.items() for parent in asset.depends_on
    )


@given(graphs())
def test_an_asset_is_indented_further_than_all_it_depends_on(graph: AssetGraph):
    tree = AssetTree.of(graph)
    depths = {row.unique_id: row.depth for row in tree.rows() if row.kind is RowKind.ASSET}
    assert depths == dict(graph.depth)
    for key, asset in graph.assets.items():
        assert all(depths[parent] < depths[key] for parent in asset.depends_on)


@given(graphs())
def test_the_order_of_the_records_does_not_matter(graph: AssetGraph):
    shuffled = AssetGraph(
        dict(reversed(list(graph.assets.items()))), dict(reversed(list(graph.checks.items())))
    )
    assert drawn(AssetTree.of(shuffled)) == drawn(AssetTree.of(graph))
