"""Why an asset is stale, from the root cause down."""

from hypothesis import given
from hypothesis import strategies as st

from tests.graph.histories import World
from tests.graph.test_status_rules import happen
from tests.graphs import graph_of, graphs
from tui.graph import AssetGraph, why


def test_the_chain_leads_from_the_root_cause_to_the_asset():
    here = World(graph_of("a -> b -> d, a -> c -> d, x -> d")).everything_built()
    here.edited("a", sql="2", code="2")
    links = why(here.statuses(), "d")
    assert [(link.unique_id, link.is_root) for link in links] == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", False),
    ]
    assert links[0].reasons[0].kind == "sql"


def test_what_is_up_to_date_has_no_chain():
    here = World(graph_of("a -> b")).everything_built()
    assert why(here.statuses(), "b") == ()
    assert why({}, "unknown") == ()


def test_a_chain_of_thousands_is_walked():
    here = World(graph_of(" -> ".join(f"m{n:04}" for n in range(3000)))).everything_built()
    here.edited("m0000", sql="2", code="2")
    assert len(why(here.statuses(), "m2999")) == 3000


@given(graphs(), st.data())
def test_building_the_chain_in_its_order_brings_the_asset_up_to_date(
    graph: AssetGraph, data: st.DataObject
):
    here = World(graph).everything_built()
    for _ in range(data.draw(st.integers(1, 6))):
        happen(here, data)
    key = data.draw(st.sampled_from(sorted(here.graph.assets)))
    here.built(*(link.unique_id for link in why(here.statuses(), key)), run="because")
    assert here.statuses()[key].reasons == ()
