"""Dagster's asset selection syntax."""

import pytest

from tests.graphs import graph_of
from tui.graph import AssetGraph, AssetStatus, Status
from tui.selection import NotASelector, Scene, select

GRAPH = graph_of(
    "raw -> stg -> orders -> daily, items -> orders",
    checks="unique@orders",
    raw={"resource_type": "seed", "materialized": "seed"},
    orders={
        "tags": ("nightly",),
        "materialized": "table",
        "group": "sales",
        "owner": "Ann Lee, bo@shop.example",
    },
    daily={
        "group": "sales",
        "key": "area/daily",
        "kinds": ("dbt", "duckdb"),
        "tags": ("team=data",),
    },
)
STATUSES = {"stg": AssetStatus(Status.STALE), "orders": AssetStatus(Status.CHECKS_FAILED)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('key:"stg"', "stg"),
        ('key:"stg"+', "daily orders stg unique"),
        ('+key:"stg"', "raw stg"),
        ('1+key:"daily"', "daily orders unique"),
        ('key:"raw"+1', "raw stg"),
        ("kind:seed or kind:table", "orders raw unique"),
        ("group:sales and not daily", "orders unique"),
        ("not (group:sales or items)", "raw stg"),
        ('owner:"Ann Lee"', "orders unique"),
        ("key_substring:aw", "raw"),
        ('key:"*s*"', "items orders stg unique"),
        ("roots(+orders)", "items raw"),
        ("roots() and +orders", "items raw"),
        ("sinks() and orders+", "daily"),
        ("sinks(stg or items or orders)", "orders unique"),
        ("stg and raw or items", "items"),
        ("stg and (raw or stg)", "stg"),
        ("not not stg", "stg"),
        ("(tag:nightly)+", "daily orders unique"),
        ("status:stale or status:checks_failed", "orders stg unique"),
        ('owner:"bo@shop.example"', "orders unique"),
        ("owner:<null> and not raw", "daily items stg"),
        ('key:"area/daily"', "daily"),
        ('key_prefix:"area"', "daily"),
        ("key_substring:area/", "daily"),
        ('kind:"duckdb"', "daily"),
        ('tag:"team"="data"', "daily"),
        ("tag:team=data", "daily"),
        ('tag:"team"', ""),
        ("0+orders", "orders unique"),
        ("checks(orders)", "unique"),
        ("checks()", "unique"),
        ("without_checks(orders)", "orders"),
        ("orders and not checks()", "orders"),
        ('orders and not check:"orders:unique"', "orders"),
        ('daily or check:"orders:*"', "daily unique"),
        ("daily and (orders or daily)", "daily"),
        # dbt's own language where nothing says that it is Dagster's
        ("stg items", "items stg"),
        ("+orders,tag:nightly", "orders unique"),
    ],
)
def test_an_expression_selects(text: str, expected: str):
    assert " ".join(sorted(select(Scene(GRAPH, statuses=STATUSES), text))) == expected


READ = graph_of("till -> raw -> stg", till={"resource_type": "source"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:external", "till"),
        ("is:materializable and +stg", "raw stg"),
        ("roots(+stg)", "raw"),
        ("roots(till)", "till"),
        ("sinks()", "stg"),
    ],
)
def test_what_nothing_materializes_is_external(text: str, expected: str):
    assert " ".join(sorted(select(Scene(READ), text))) == expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ('key:"a" key:"b"', 8, "expected `and` or `or`"),
        ("(stg or raw", 0, "this `(` is not closed"),
        ("roots(", 5, "this `(` is not closed"),
        ("sinks(stg) or (stg raw", 19, "expected `and`, `or` or `)`"),
        ("stg and ", 8, "expected a name, as in `key:orders`"),
        ("leaves(stg)", 0, "`leaves` is not a function"),
        ('colour:"red"', 0, "`colour` is not an attribute"),
        ('key:"a', 4, 'this `"` is not closed'),
        ("stg )", 4, "expected `and` or `or`"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_column(text: str, column: int, message: str):
    with pytest.raises(NotASelector) as refused:
        select(Scene(GRAPH), text)
    assert (refused.value.column, refused.value.message) == (column, message)


def test_a_wildcard_is_of_keys_and_names_not_of_dbts_unique_ids() -> None:
    graph = graph_of("a -> b")
    assets = graph.assets
    moved = [
        assets["a"]._replace(unique_id="model.shop.orders", name="orders"),
        assets["b"]._replace(unique_id="model.shop.mart", name="mart", depends_on=()),
    ]
    named = Scene(AssetGraph({one.unique_id: one for one in moved}, {}, {}))
    assert select(named, 'key:"m*"') == {"model.shop.mart"}
    assert select(named, 'key:"model.shop.orders"') == {"model.shop.orders"}
