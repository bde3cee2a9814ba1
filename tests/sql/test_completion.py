"""How a query can go on."""

import time

import pytest

from tui.sql.completion import Names, completions

COLUMNS = {
    "model.shop.orders": ("order_id", "customer_id", "total"),
    "seed.shop.raw": ("id", "order_note"),
    "source.shop.till.sales": ("sale_id", "amount"),
}
NAMES = Names(
    refs={"orders": "model.shop.orders", "raw": "seed.shop.raw", "stg_orders": "model.shop.stg"},
    sources={"till.sales": "source.shop.till.sales", "till.items": "x", "web.visits": "y"},
    relations={"shop.main.orders": "model.shop.orders"},
    columns=lambda key: COLUMNS.get(key, ()),
    adapter="duckdb",
)


def offered(typed: str) -> list[str]:
    """What is offered at the `|` of a text."""
    before, _, after = typed.partition("|")
    return [one.text for one in completions(before + after, len(before), NAMES)]


def taken(typed: str) -> str:
    """The text once the first offer is taken."""
    before, _, after = typed.partition("|")
    one = completions(before + after, len(before), NAMES)[0]
    return before[: one.start] + one.text + after


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("select * from {{ ref('ord|", "select * from {{ ref('orders') }}"),
        ("from {{ ref('|') }}", "from {{ ref('orders') }}"),
        ('from {{ ref("ra|', 'from {{ ref("raw") }}'),
        ("from {{ ref('st| }}", "from {{ ref('stg_orders') }}"),
        ("from {{ source('ti|", "from {{ source('till', '"),
        ("from {{ source('till', 'sa|", "from {{ source('till', 'sales') }}"),
        ("select * from tg_o|", "select * from {{ ref('stg_orders') }}"),
        ("select * from web|", "select * from {{ source('web', 'visits') }}"),
        ("with mine as (select 1) select * from mi|",
         "with mine as (select 1) select * from mine"),
    ],
)  # fmt: skip
def test_what_is_taken_makes_a_whole_call(typed: str, text: str) -> None:
    assert taken(typed) == text


def test_names_with_what_is_typed_within_come_after_those_that_begin_so() -> None:
    assert offered("from {{ ref('or|") == ["orders') }}", "stg_orders') }}"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("select o.| from {{ ref('orders') }} o", ["order_id", "customer_id", "total"]),
        ("select o.cu| from {{ ref('orders') }} as o", ["customer_id"]),
        ("select orders.to| from {{ ref('orders') }} where 1", ["total", "customer_id"]),
        ("select s.| from {{ source('till', 'sales') }} s", ["sale_id", "amount"]),
        ("select orders.t| from shop.main.orders", ["total"]),
        ("select x.| from {{ ref('orders') }} o", []),
    ],
)
def test_a_dot_offers_the_columns_of_that_relation(typed: str, found: list[str]) -> None:
    assert offered(typed) == found


def test_columns_of_all_that_is_read_come_before_keywords() -> None:
    sql = "select or| from {{ ref('orders') }} join {{ ref('raw') }} r on true"
    assert offered(sql)[:2] == ["order_id", "order_note"]
    assert "order by" in offered(sql)
    assert offered("sele|") == ["select"]


@pytest.mark.parametrize(
    "typed", ["select 'or|", "-- or|", "{{ config(or|", "{% set or|", "s|", "select|", ""]
)
def test_nothing_is_offered_in_strings_comments_and_for_what_is_whole(typed: str) -> None:
    assert offered(typed) == []


def test_a_large_project_is_completed_within_a_frame() -> None:
    refs = {f"model_{number}": f"model.shop.model_{number}" for number in range(3000)}
    names = Names(refs=refs, relations={key: key for key in refs}, adapter="duckdb")
    text = "with a as (select * from {{ ref('model_1') }})\n" * 40 + "select * from {{ ref('_29"
    began = time.perf_counter()
    assert completions(text, len(text), names)
    assert completions(text.replace("ref('_29", "}} where ab"), len(text), names) is not None
    assert time.perf_counter() - began < 0.5, "two completions on a machine that does other work"
