"""Folding, moving and filtering in the tree."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import asset, graph_of, graphs
from tests.tree.trees import assets_in, drawn, labels
from tui.graph import AssetGraph, AssetStatus, GraphChanges, Status
from tui.tree import AssetTree, Fold, Inside, RowKind, View

GRAPH = graph_of(
    "raw_orders -> stg_orders -> orders, stg_orders -> customers, raw_items -> customers",
    checks="unique@orders, not_null@orders, total@stg_orders",
)


@pytest.fixture
def tree() -> AssetTree:
    return AssetTree.of(GRAPH)


def test_a_folded_row_hides_what_stands_under_it(tree: AssetTree):
    assert drawn(tree.fold("stg_orders")) == [
        "▾raw_items",
        "└ ↗customers",
        "▾raw_orders",
        "└▸stg_orders",
    ]


def test_the_cursor_stays_on_its_row_or_goes_to_what_stood_next_to_it(tree: AssetTree):
    at = tree.row_of("orders")
    assert at is not None
    without = tree.with_graph(
        graph_of("raw_orders -> stg_orders -> orders, raw_items -> customers")
    )
    assert without.row(without.place_after(tree, at, "orders")).key == "orders"
    shorter = tree.with_graph(graph_of("raw_orders -> stg_orders, stg_orders -> customers"))
    assert shorter.row(shorter.place_after(tree, at, "orders")).label == "customers"
    folded = tree.fold("stg_orders")
    assert folded.row(folded.place_after(tree, at, "orders")).key == "stg_orders"


def test_what_is_folded_away_is_counted_among_what_is_selected(tree: AssetTree):
    raw, orders = "raw_orders", {"orders", "customers", "stg_orders"}
    folded = tree.fold(raw)
    row = folded.row_of(raw)
    assert row is not None
    ids = {key for key, found in GRAPH.assets.items() if found.name in orders}
    assert folded.visible.hidden_among(row, ids) == 3
    assert folded.visible.hidden_among(row, ids | set(GRAPH.checks)) == 3
    assert folded.visible.hidden_among(row, set(GRAPH.checks)) == 3
    assert folded.visible.first_of(ids) == row
    assert tree.visible.hidden_among(row, ids) == 0
    assert tree.visible.first_of(set()) is None


def test_unfolding_brings_back_what_was_there(tree: AssetTree):
    assert drawn(tree.fold("stg_orders").toggle("stg_orders")) == drawn(tree)


def test_what_is_folded_inside_of_a_folded_row_stays_so(tree: AssetTree):
    folded = tree.fold("stg_orders").fold("raw_orders").unfold("raw_orders")
    assert "└▸stg_orders" in drawn(folded)


def test_folding_all_leaves_the_roots(tree: AssetTree):
    assert drawn(tree.fold_all()) == ["▸raw_items", "▸raw_orders"]
    assert drawn(tree.fold_all().unfold_all()) == drawn(tree)


def test_checks_unfold_under_their_asset_on_demand(tree: AssetTree):
    opened = tree.toggle_checks("stg_orders").toggle_checks("orders")
    assert drawn(opened)[2:] == [
        "▾raw_orders",
        "└▾stg_orders",
        "  ├ •total",
        "  ├ customers",
        "  └ orders",
        "    ├ •not_null",
        "    └ •unique",
    ]


def test_right_unfolds_then_shows_the_checks_then_has_nothing_to_open(tree: AssetTree):
    folded = tree.fold("stg_orders")
    index = folded.row_of("stg_orders")
    assert index is not None
    unfolded = folded.deeper(index)
    assert unfolded.row(index).fold is Fold.OPEN
    with_checks = unfolded.deeper(index)
    assert with_checks.row(index).checks_open
    assert with_checks.deeper(index) is with_checks


def test_left_hides_the_checks_then_folds_then_has_nothing_to_close(tree: AssetTree):
    opened = tree.toggle_checks("stg_orders")
    index = opened.row_of("stg_orders")
    assert index is not None
    hidden = opened.shallower(index)
    assert drawn(hidden) == drawn(tree)
    folded = hidden.shallower(index)
    assert folded.row(index).fold is Fold.CLOSED
    assert folded.shallower(index) is folded


def test_nothing_happens_at_a_reference(tree: AssetTree):
    index = tree.find("raw_items>customers")
    assert index == 1
    assert tree.deeper(index) is tree
    assert tree.shallower(index) is tree


def test_a_reference_says_where_to_jump(tree: AssetTree):
    reference = tree.row(1)
    assert reference.kind is RowKind.REFERENCE
    found = tree.row_of(reference.unique_id)
    assert found is not None
    assert tree.row(found).kind is RowKind.ASSET


def test_revealing_unfolds_what_hides_an_asset(tree: AssetTree):
    assert tree.fold_all().row_of("orders") is None
    revealed = tree.fold_all().reveal("orders")
    assert "orders" in assets_in(revealed)
    assert "▸raw_items" in drawn(revealed)


def test_revealing_a_check_shows_the_checks_of_its_asset(tree: AssetTree):
    assert tree.fold_all().reveal("unique").row_of("unique") is not None


def test_revealing_what_the_filter_hides_ends_the_filter(tree: AssetTree):
    revealed = tree.fold_all().filtered("items").reveal("orders")
    assert revealed.row_of("orders") is not None
    assert not revealed.filter


def test_the_cursor_of_a_vanished_row_goes_to_what_it_stood_under(tree: AssetTree):
    assert tree.fold("raw_orders").visible.nearest("orders") == tree.row_of("raw_orders")
    assert tree.visible.nearest("no such row") == 0


def test_a_filter_shows_what_matches_and_what_that_stands_under(tree: AssetTree):
    assert drawn(tree.filtered("cust")) == [
        "▾raw_orders  (context)",
        "└▾stg_orders  (context)",
        "  └ customers",
    ]


def test_a_filter_finds_what_is_folded_away(tree: AssetTree):
    assert "  └ customers" in drawn(tree.fold_all().filtered("cust"))


def test_matched_letters_are_told(tree: AssetTree):
    found = tree.filtered("stgord")
    assert [(row.label, row.matches) for row in found.rows() if row.matches] == [
        ("stg_orders", (0, 1, 2, 4, 5, 6))
    ]


def test_folds_made_under_a_filter_are_forgotten_with_it(tree: AssetTree):
    filtered = tree.filtered("ord")
    assert drawn(filtered.fold("stg_orders")) == ["▾raw_orders", "└▸stg_orders"]
    assert drawn(filtered.fold("stg_orders").filtered("")) == drawn(tree)


def test_open_checks_of_a_match_are_shown_under_a_filter(tree: AssetTree):
    assert labels(tree.toggle_checks("orders").filtered("^orders")) == [
        "raw_orders", "stg_orders", "orders", "not_null", "unique",
    ]  # fmt: skip


def test_matches_are_gone_through_in_a_circle(tree: AssetTree):
    found = tree.filtered("orders !raw")
    assert labels(found) == ["raw_orders", "stg_orders", "orders"]
    assert [
        found.visible.next_match(0),
        found.visible.next_match(1),
        found.visible.next_match(2),
    ] == [1, 2, 1]
    assert [found.visible.previous_match(0), found.visible.previous_match(1)] == [2, 2]
    assert found.best_match() == 2
    assert found.matches == 2


def test_without_matches_there_is_nowhere_to_go(tree: AssetTree):
    nothing = tree.filtered("zzz")
    assert len(nothing) == 0
    assert nothing.visible.next_match(0) is None
    assert nothing.best_match() is None
    assert nothing.visible.nearest("orders") == 0


def test_a_limit_shows_only_these_assets(tree: AssetTree):
    limited = tree.limited({"stg_orders"})
    assert labels(limited) == ["stg_orders"]
    assert limited.matches == 1
    assert drawn(limited.limited(None)) == drawn(tree)
    assert labels(tree.limited({"orders", "raw_items"}).filtered("item")) == ["raw_items"]


def test_a_limited_lineage_is_a_lineage_of_its_own(tree: AssetTree):
    assert drawn(tree.limited({"raw_items", "customers", "stg_orders"})) == [
        "▾raw_items",
        "└ customers",
        "▾stg_orders",
        "└ ↗customers",
    ]


def test_folds_made_within_a_limit_end_with_it(tree: AssetTree):
    limited = tree.fold("raw_orders").limited({"raw_orders", "stg_orders", "orders"})
    assert drawn(limited) == ["▾raw_orders", "└▾stg_orders", "  └ orders"]
    folded = limited.fold("stg_orders")
    assert drawn(folded) == ["▾raw_orders", "└▸stg_orders"]
    assert drawn(folded.limited(None)) == drawn(tree.fold("raw_orders"))


def test_what_a_limit_leaves_out_ends_it_when_it_is_looked_for(tree: AssetTree):
    limited = tree.limited({"stg_orders"})
    assert limited.row_of("orders") is None
    shown = limited.reveal("orders")
    assert shown.limit is None
    assert shown.row_of("orders") is not None


def test_a_limit_of_folders_keeps_the_folders(tree: AssetTree):
    limited = tree.with_view(View.FOLDERS).limited({"stg_orders"})
    assert "stg_orders" in labels(limited)
    assert len(labels(limited)) > 1


def test_a_folded_row_tells_what_is_inside(tree: AssetTree):
    statuses = {
        "raw_orders": AssetStatus(Status.FAILED),
        "stg_orders": AssetStatus(Status.RUNNING),
        "orders": AssetStatus(Status.CHECKS_FAILED),
        "customers": AssetStatus(Status.STALE),
    }
    index = tree.row_of("raw_orders")
    assert index is not None
    assert tree.inside(index, statuses) == Inside(assets=3, running=1, failed=1, stale=1)


def test_an_edit_keeps_view_folds_and_filter(tree: AssetTree):
    folded = tree.fold("raw_items").filtered("o")
    changes = GraphChanges(assets=(asset("other", ("orders",)),), removed=frozenset({"customers"}))
    after = folded.with_graph(GRAPH.apply(changes))
    assert labels(after) == ["raw_orders", "stg_orders", "orders", "other"]
    assert drawn(after.filtered("")) == [
        " raw_items",
        "▾raw_orders",
        "└▾stg_orders",
        "  └▾orders",
        "    └ other",
    ]


def test_an_edit_of_sql_makes_no_new_outline(tree: AssetTree):
    stg = GRAPH.assets["stg_orders"]
    edited = stg._replace(fingerprint=stg.fingerprint._replace(sql="other"))
    after = tree.with_graph(GRAPH.apply(GraphChanges(assets=(edited,))))
    assert after.outline is tree.outline
    assert after.graph is not tree.graph


def test_checks_that_read_no_asset_stand_at_the_end_under_a_header():
    graph = graph_of("a", checks="lonely@nothing")
    tree = AssetTree.of(graph)
    assert drawn(tree) == [" a", " checks of no asset"]
    assert drawn(tree.deeper(1)) == [" a", " checks of no asset", "└ •lonely"]
    assert drawn(tree.deeper(1).shallower(1)) == drawn(tree)
    assert tree.reveal("lonely").row_of("lonely") == 2


# ---------------------------------------------------------------- for any tree


@st.composite
def trees(draw: st.DrawFn) -> AssetTree:
    graph = draw(graphs())
    tree = AssetTree.of(graph, draw(st.sampled_from(list(View)[:6])))
    for key in draw(st.sets(st.sampled_from(sorted(graph.assets)), max_size=3)):
        tree = tree.fold(key)
    for key in draw(st.sets(st.sampled_from(sorted(graph.assets)), max_size=3)):
        tree = tree.toggle_checks(key)
    return tree.filtered(draw(st.sampled_from(["", "", "a", "b", "!c", "1", "tag:x"])))


def path(tree: AssetTree, index: int) -> list[int]:
    above = tree.visible.parent(index)
    return [*path(tree, above), index] if above is not None else [index]


@given(trees())
def test_keys_find_their_rows(tree: AssetTree):
    rows = list(tree.rows())
    assert [tree.find(row.key) for row in rows] == list(range(len(tree)))
    for index, row in enumerate(rows):
        if row.kind in {RowKind.ASSET, RowKind.CHECK}:
            assert tree.row_of(row.unique_id) == index


def sibling_after(tree: AssetTree, index: int) -> int | None:
    """The next visible row under the same parent, by looking at all of them."""
    parent = tree.visible.parent
    later = (at for at in range(index + 1, len(tree)) if parent(at) == parent(index))
    return next(later, None)


@given(trees())
def test_guides_draw_a_line_exactly_where_a_sibling_follows(tree: AssetTree):
    for index, row in enumerate(tree.rows()):
        goes_on = tuple(sibling_after(tree, above) is not None for above in path(tree, index)[1:])
        assert row.guides == goes_on
        assert row.depth == len(goes_on)


@given(trees())
def test_moving_agrees_with_what_is_seen(tree: AssetTree):
    for index, row in enumerate(tree.rows()):
        child = tree.visible.first_child(index)
        assert (child is not None) == (row.fold is Fold.OPEN or (
            row.checks_open and row.fold is not Fold.CLOSED and child == index + 1
        ))  # fmt: skip
        if child is not None:
            assert tree.visible.parent(child) == index


@given(trees())
def test_an_asset_that_is_neither_folded_nor_filtered_away_is_visible_once(tree: AssetTree):
    whole = tree.unfold_all()
    matching = tree.filter.select(tree.graph.assets)
    rows = list(whole.rows())
    seen = [row.unique_id for row in rows if row.kind is RowKind.ASSET and not row.is_context]
    assert sorted(seen) == sorted(matching)


@given(trees(), graphs())
def test_another_graph_gives_the_tree_that_a_new_start_would(tree: AssetTree, graph: AssetGraph):
    fresh = replace(tree, graph=graph, everything=AssetTree.of(graph, tree.view).everything)
    assert list(tree.with_graph(graph).rows()) == list(fresh.rows())
    same = AssetGraph(dict(tree.graph.assets), dict(tree.graph.checks))
    assert list(tree.with_graph(same).rows()) == list(tree.rows())
