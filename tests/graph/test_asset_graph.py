"""The asset graph as a value."""

from hypothesis import given

from tests.graphs import asset, check, graph_of, graphs
from tui.graph import AssetGraph, Fingerprint, GraphChanges
from tui.graph.derived_cache import derived, is_derived


def test_upstream_downstream_and_all_that_they_reach():
    graph = graph_of("a -> b -> c, a -> d")
    assert graph.upstream("b") == ("a",)
    assert graph.downstream["a"] == ("b", "d")
    assert graph.ancestors(["c"]) == {"a", "b"}
    assert graph.descendants(["a"]) == {"b", "c", "d"}


def test_what_is_derived_survives_an_edit_that_changes_no_edge():
    graph = graph_of("a -> b", checks="unique@a")
    assert graph.order
    assert graph.checks_of
    edited = graph.apply(GraphChanges(assets=(graph.assets["a"]._replace(description="new"),)))
    assert edited.downstream is graph.downstream
    assert edited.checks_of is graph.checks_of


def test_what_is_derived_is_made_anew_where_edges_or_checks_change():
    graph = graph_of("a -> b", checks="unique@a")
    assert graph.order
    assert graph.checks_of
    after = graph.apply(
        GraphChanges(
            assets=(asset("c", ("b",)),), checks=(check("total", "c"),), removed=frozenset({"a"})
        )
    )
    assert after.downstream == {"b": ("c",), "c": ()}
    assert after.order == ("b", "c")
    assert after.checks_of == {"a": ("unique",), "c": ("total",)}


def test_what_an_asset_reads_is_found_through_ephemeral_models():
    graph = graph_of(
        "s -> a -> e -> f -> b, a -> b",
        s={"resource_type": "source"},
        e={"materialized": "ephemeral"},
        f={"materialized": "ephemeral"},
    )
    assert graph.built_upstream == {"s": (), "a": (), "e": ("a",), "f": ("a",), "b": ("a",)}


@given(graphs(), graphs())
def test_changes_lead_from_any_graph_to_any_other(one: AssetGraph, other: AssetGraph):
    assert one.order or not one.assets
    gone = (one.assets.keys() | one.checks.keys()) - other.assets.keys() - other.checks.keys()
    after = one.apply(
        GraphChanges(tuple(other.assets.values()), tuple(other.checks.values()), frozenset(gone))
    )
    assert after.assets == other.assets
    assert after.downstream == other.downstream
    assert after.depth == other.depth
    assert after.order == other.order
    assert after.checks_of == other.checks_of
    assert after.built_upstream.keys() == other.built_upstream.keys()


def test_what_others_derive_goes_on_with_an_edit_of_the_sql_and_not_with_a_new_name():
    looks = []

    @derived
    def names(graph: AssetGraph) -> set[str]:
        looks.append(graph)
        return {asset.name for asset in graph.assets.values()}

    graph = graph_of("a -> b", checks="unique@a")
    assert not is_derived(names, graph)
    assert names(graph) == {"a", "b"}
    edited = graph.apply(
        GraphChanges(
            assets=(graph.assets["a"]._replace(fingerprint=Fingerprint(sql="new"), line=3),),
            checks=(graph.checks["unique"]._replace(line=7),),
        )
    )
    assert is_derived(names, edited)
    assert names(edited) == {"a", "b"}
    assert len(looks) == 1
    for changes in (
        GraphChanges(assets=(graph.assets["a"]._replace(tags=("new",)),)),
        GraphChanges(checks=(graph.checks["unique"]._replace(fqn="new"),)),
        GraphChanges(assets=(asset("c"),)),
        GraphChanges(removed=frozenset({"a"})),
    ):
        after = graph.apply(changes)
        assert names(after) == {asset.name for asset in after.assets.values()}
    assert len(looks) == 5
