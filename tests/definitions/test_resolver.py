"""Definitions and a manifest together: keys, edges, and what is refused."""

from __future__ import annotations

import pytest
from dbtree import (
    AssetKey,
    AssetSelection,
    DbtTranslator,
    DefinitionError,
    Definitions,
    ScheduleDefinition,
    asset,
    asset_check,
    build_schedule_from_dbt_selection,
    dbt_assets,
)

from tests.definitions.written import SHOP, manifest, node, source
from tui.definitions.host import Host, host, set_host
from tui.definitions.resolver import resolve


def shop(select="fqn:*", translator=None, name="shop"):
    made = dbt_assets(manifest=SHOP, select=select, dagster_dbt_translator=translator, name=name)

    def function(context, dbt):
        yield

    return made(function)


def resolved(*assets, select=None, contents=SHOP, **more):
    defs = Definitions(assets=assets, resources={"dbt": None}, **more)
    return resolve(defs, contents, select or (lambda *_: frozenset()))


def test_an_asset_with_the_key_of_a_source_stands_for_it():
    @asset(key=["shop", "raw_orders"])
    def load():
        """Load."""

    found = resolved(shop(), load)
    [one] = found.assets
    assert one.unique_id == one.stands_for == "source.shop.shop.raw_orders"
    assert found.is_plain
    assert found.builder_of("model.shop.orders") == "shop"


def test_what_dbt_cannot_select_is_told_where_it_is_defined():
    class Refusing(Host):
        def select(self, definition):
            raise DefinitionError("no such selector", path="elsewhere.py", line=1)

    before, one = host(), shop(select="tag:x")
    set_host(Refusing())
    try:
        with pytest.raises(DefinitionError, match="no such selector") as told:
            _ = one.selected
    finally:
        set_host(before)
    assert told.value.path == __file__


def test_an_asset_downstream_depends_on_the_nodes_of_its_keys():
    @asset(deps=["orders", AssetKey(["marts", "revenue"])])
    def chart():
        """Chart."""

    @asset(deps=[chart])
    def page():
        """Page."""

    one, two = resolved(shop(), chart, page).assets
    assert one.depends_on == ("model.shop.orders", "model.shop.revenue")
    assert two.depends_on == ("asset.chart",)


def test_an_unknown_dependency_is_told_at_the_function_with_what_is_near():
    @asset(deps=["ordres"])
    def chart():
        """Chart."""

    with pytest.raises(
        DefinitionError, match=r"ordres, which is not an asset\. Did you mean orders"
    ) as e:
        resolved(shop(), chart)
    assert (e.value.path, e.value.line) == (__file__, chart.function.line)


def test_the_key_of_a_model_that_dbt_builds_is_taken():
    @asset(key="orders")
    def mine():
        """Mine."""

    with pytest.raises(DefinitionError, match=r"same key as model\.shop\.orders, which dbt builds"):
        resolved(shop(), mine)


def test_a_model_that_no_function_builds_can_be_made_by_python():
    @asset(key="orders")
    def mine():
        """Mine."""

    chosen = frozenset({"model.shop.revenue"})
    found = resolved(shop(select="revenue"), mine, select=lambda *_: chosen)
    assert found.assets[0].unique_id == "model.shop.orders"
    assert found.left_out == {"model.shop.orders", "seed.shop.products"}
    assert not found.is_plain


def test_two_functions_may_not_build_the_same_model():
    chosen = frozenset({"model.shop.orders"})
    with pytest.raises(DefinitionError, match="Both a and b build"):
        resolved(shop("x", name="a"), shop("x", name="b"), select=lambda *_: chosen)


def test_a_circle_through_dbt_is_told():
    @asset(key=["shop", "raw_orders"], deps=["orders"])
    def load():
        """Load."""

    with pytest.raises(DefinitionError, match="is upstream of itself"):
        resolved(shop(), load)


def test_a_translator_shows_only_where_it_says_something_else():
    class Mine(DbtTranslator):
        def get_group_name(self, dbt_resource_props):
            return "all"

        def get_tags(self, dbt_resource_props):
            return {"team": "data", "hot": ""}

    found = resolved(shop(translator=Mine())).translations["model.shop.orders"]
    assert (found.key, found.name, found.description) == ("orders", None, None)
    assert (found.group, found.tags, found.owners) == ("all", ("hot", "team=data"), None)


def test_a_renaming_translator_gives_names():
    class Mine(DbtTranslator):
        def get_asset_key(self, dbt_resource_props):
            return super().get_asset_key(dbt_resource_props).with_prefix("wh")

    found = resolved(shop(translator=Mine()))
    assert found.translations["model.shop.revenue"].name == "wh/marts/revenue"
    assert found.translations["source.shop.shop.raw_orders"].name == "wh/shop/raw_orders"


def test_two_nodes_of_one_key_are_told():
    contents = manifest(node("model", "a"), node("seed", "a"))
    with pytest.raises(DefinitionError, match="The key a is used by both"):
        resolved(shop(), contents=contents)
    resolved(
        shop(),
        contents=manifest(source("s", "a"), {**source("s", "a"), "unique_id": "source.t.s.a"}),
    )


def test_a_translator_that_answers_no_key_is_told_at_the_function():
    class Mine(DbtTranslator):
        def get_asset_key(self, dbt_resource_props):
            return "orders"

    with pytest.raises(DefinitionError, match="get_asset_key answered"):
        resolved(shop(translator=Mine()))


def test_checks_are_of_assets_of_either_kind():
    @asset_check(asset="orders", additional_deps=["products"])
    def many():
        """Many."""

    [check] = resolved(shop(), asset_checks=[many]).checks
    assert (check.unique_id, check.asset) == ("asset_check.orders:many", "model.shop.orders")
    assert check.depends_on == ("model.shop.orders", "seed.shop.products")

    @asset_check(asset="nothing")
    def none():
        """None."""

    with pytest.raises(DefinitionError, match="nothing, which is not an asset"):
        resolved(shop(), asset_checks=[none])


def test_schedules_travel_as_rows():
    one = shop()
    found = resolved(
        one,
        schedules=[
            build_schedule_from_dbt_selection(
                [one], job_name="daily", cron_schedule="@daily", dbt_select="tag:a tag:b",
                dbt_exclude="c", execution_timezone="Europe/Berlin",
                tags={"dbtree/catch_up": "true"},
            ),
            ScheduleDefinition("g", cron_schedule="0 6 * * *", target=AssetSelection.groups("x")),
        ],
    ).schedules  # fmt: skip
    daily, group = found
    assert (daily.name, daily.select, daily.exclude) == ("daily_schedule", "tag:a tag:b", "c")
    assert (daily.timezone, daily.is_on, daily.catch_up) == ("Europe/Berlin", False, True)
    assert (group.select, group.timezone) == ('group:"x"', "UTC")
