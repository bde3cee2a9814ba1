"""The filter of the tree: what is typed after `/`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import graph_of
from tui.selection import parse
from tui.selection.fuzzy import best, positions, score

ASSETS = graph_of(
    "raw_orders, stg_orders, orders, order_items, customers, dim_order_daily",
    orders={"tags": ("nightly", "pii"), "materialized": "table", "group": "finance"},
    customers={"tags": ("pii",), "path": "models/marts/customers.sql"},
    raw_orders={"resource_type": "seed", "materialized": "seed"},
).assets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stg", {"stg_orders"}),
        ("STG", {"stg_orders"}),
        ("stgord", {"stg_orders"}),
        ("ordit", {"order_items"}),
        ("ders", {"raw_orders", "stg_orders", "orders"}),
        ("cstmrs", {"customers"}),
        ("orders !raw !stg", {"orders"}),
        ("^order", {"orders", "order_items"}),
        ("order daily$", {"dim_order_daily"}),
        ("'ord_", set()),
        ("!^raw !$ !tag:pii", {"stg_orders", "order_items", "dim_order_daily"}),
        ("tag:pii", {"orders", "customers"}),
        ("tag:pii !tag:night", {"customers"}),
        ("kind:table", {"orders"}),
        ("kind:seed", {"raw_orders"}),
        ("group:fin", {"orders"}),
        ("path:marts", {"customers"}),
        ("tag: ! ^ $ '", set(ASSETS)),
        ("", set(ASSETS)),
        ("no such thing", set()),
    ],
)
def test_a_filter_finds(text: str, expected: set[str]):
    assert parse(text).select(ASSETS) == expected


def test_single_letters_only_count_where_nothing_matches_better():
    assert parse("od").select(ASSETS) == {"dim_order_daily"}  # o…rder_d…aily, at word starts
    assert parse("odr").select(ASSETS) != set()


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("ord", "stg_orders", (4, 5, 6)),
        ("sord", "stg_orders", (0, 4, 5, 6)),
        ("so", "stg_x_orders", (0, 6)),
        ("rde", "orders", (1, 2, 3)),
        ("ods", "orders", (0, 2, 5)),
        ("x", "orders", None),
        ("", "orders", ()),
        ("a.b", "a.b", (0, 1, 2)),
    ],
)
def test_the_matched_letters_are_told(query: str, name: str, expected: tuple[int, ...] | None):
    assert positions(query, name) == expected


def test_better_matches_score_higher():
    names = ["orders", "orders_daily", "stg_orders", "reorders_x", "o_r_ders", "oxrxdxexrxs"]
    scores = [score("orders", name) for name in names]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert score("orders", "customers") == 0


@given(st.text("ab_.", max_size=5), st.text("ab_.", max_size=12))
def test_matched_letters_are_those_of_the_query_in_their_order(query: str, name: str):
    found = positions(query, name)
    if found is not None:
        assert "".join(name[at] for at in found) == query
        assert list(found) == sorted(set(found))
    letters = iter(name)
    assert (found is not None) == all(letter in letters for letter in query)


@given(st.text("ab!'^$: tg", max_size=12))
def test_a_filter_written_out_and_read_again_is_the_same(text: str):
    assert parse(str(parse(text))) == parse(text)


@given(st.lists(st.text("abc_", min_size=1, max_size=12), unique=True), st.text("abc!", max_size=4))
def test_every_name_found_by_a_fuzzy_word_has_letters_to_show(names: list[str], text: str):
    assets = graph_of(", ".join(names)).assets
    found = parse(text)
    for name in found.select(assets):
        assert bool(found.positions(name)) == any(not term.inverse for term in found.terms)


@given(
    st.lists(st.text("abO_ ", min_size=1, max_size=6), max_size=8),
    st.text("abO_", min_size=1, max_size=3),
)
def test_the_best_name_is_the_first_with_the_highest_score(names: list[str], word: str) -> None:
    found = parse(word)
    matching = [name for name in names if score(word, name)]
    scores = [found.score(name) for name in matching]
    assert found.best(matching) == (scores.index(max(scores)) if scores else None)


@given(st.text("abAB_.", min_size=1, max_size=3), st.lists(st.text("abAB_. é", max_size=8)))
def test_the_best_of_many_names_is_the_first_with_the_highest_score(query: str, names: list[str]):
    scores = [score(query, name) for name in names]
    assert best(query, names) == (scores.index(max(scores)) if names else None)
