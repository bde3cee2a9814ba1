"""What can follow while a selector is typed."""

import pytest

from tests.graphs import graph_of
from tui.selection import complete, unknown_value

GRAPH = graph_of(
    "raw -> stg_orders -> orders",
    checks="unique@orders",
    orders={"tags": ("nightly", "pii"), "materialized": "table", "path": "models/marts/o.sql"},
)


def texts(typed: str) -> list[str]:
    return [one.text for one in complete(GRAPH, typed)]


def test_names_and_methods_follow_what_is_typed():
    assert texts("ord")[:2] == ["orders", "stg_orders"]
    assert texts("res")[:2] == ["result:", "resource_type:"]
    assert "config.materialized:" in texts("mat")


def test_a_method_is_followed_by_the_values_that_the_project_has():
    assert texts("tag:") == ["tag:nightly", "tag:pii"]
    assert texts("tag:p") == ["tag:pii"]
    assert texts("config.materialized:t") == ["config.materialized:table"]
    assert texts("path:") == ["path:models", "path:models/marts"]
    assert "status:checks_failed" in texts("status:")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tag:nope_", "no tag nope_"),
        ("status:stal", "no status stal"),
        ("+orders tag:nightly,group:nobody+", "no group nobody"),
        ("selector:hourly", "no selector hourly"),
        ("resource_type:modl", "no resource type modl"),
        ("tag:night*", ""),
        ("status:checks-failed status:never_materialized selector:daily", ""),
        ("nope", ""),
        ("tag:", ""),
        ("((", ""),
    ],
)
def test_a_value_that_the_project_does_not_have_is_named(text: str, words: str):
    assert unknown_value(GRAPH, text, selectors=("daily",)) == words


def test_what_stands_before_stays():
    (first, *_) = complete(GRAPH, "raw 2+tag:pii,@stg")
    assert (first.text, first.start, first.kind) == ("stg_orders", 15, "asset")


def test_nothing_follows_what_nothing_is_known_of():
    assert texts("nonsense:x") == []
    assert texts("zzzz") == []
    assert texts("orders+") == []
