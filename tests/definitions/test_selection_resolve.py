"""`AssetSelection.resolve`: which assets and checks a selection names, outside of dbtree."""

from __future__ import annotations

import json

import pytest

from tests.warm_python import parsed_demo
from tui.definitions.api import (
    AssetSelection,
    AssetSpec,
    DefinitionError,
    Definitions,
    asset,
    asset_check,
    build_dbt_asset_selection,
    dbt_assets,
)


@asset(group_name="raw", deps=["till"])
def raw() -> None: ...


@asset(deps=[raw], tags={"team": "a"}, owners=["a@example.com"], kinds={"python"})
def orders() -> None: ...


@asset(deps=[orders])
def report() -> None: ...


@asset_check(asset=orders)
def counted() -> None: ...


ASSETS = [raw, orders, report, counted, AssetSpec("elsewhere", kinds={"python"})]
S = AssetSelection


@pytest.mark.parametrize(
    ("selection", "assets", "checks"),
    [
        (S.all(), "orders raw report", "orders:counted"),
        (S.keys("orders").upstream(), "orders raw", "orders:counted"),
        (S.all().roots(), "raw", ""),
        (S.all().sinks(), "report", ""),
        (S.groups("raw").downstream(depth=1, include_self=False), "orders", "orders:counted"),
        (S.checks_for_assets(orders), "", "orders:counted"),
        (S.all_asset_checks(), "", "orders:counted"),
        (S.checks(counted), "", "orders:counted"),
        (S.keys("orders").without_checks(), "orders", ""),
        (S.tag("team", "a") | S.keys("raw"), "orders raw", "orders:counted"),
        (S.all() - S.keys("raw"), "orders report", "orders:counted"),
        (S.kind("python"), "orders", "orders:counted"),
        (S.kind("python", include_sources=True), "elsewhere orders", "orders:counted"),
        (S.keys("report").upstream_source_assets(), "till", ""),
        (S.keys("report").upstream(), "orders raw report", "orders:counted"),
        (S.all(include_sources=True) - S.all(), "elsewhere till", ""),
        (S.kind("python").materializable(), "orders", "orders:counted"),
        (S.owner("a@example.com") & S.key_substring("ord"), "orders", "orders:counted"),
        (S.from_string('key:"r*" and not sinks(*)'), "raw", ""),
    ],
)
def test_a_selection_names_assets_and_checks(
    selection: AssetSelection, assets: str, checks: str
) -> None:
    found = selection.resolve(ASSETS)
    assert sorted(key.to_user_string() for key in found) == assets.split()
    named = selection.resolve_checks(ASSETS)
    assert [key.to_user_string() for key in named] == checks.split()
    assert selection.resolve(Definitions(assets=ASSETS).resolve_asset_graph()) == found


def test_a_key_that_is_not_there_is_said_unless_it_may_be_absent() -> None:
    with pytest.raises(DefinitionError, match="nothing is named in a selection"):
        S.keys("nothing").resolve(ASSETS)
    assert S.keys("nothing").resolve(ASSETS, allow_missing=True) == set()
    with pytest.raises(DefinitionError, match="is not understood"):
        S.from_string("colour:red").resolve(ASSETS)


@pytest.mark.slow
def test_dbts_selectors_select_in_a_manifest_that_was_given_as_its_contents() -> None:
    manifest = json.loads((parsed_demo() / "target" / "manifest.json").read_bytes())

    @dbt_assets(manifest=manifest)
    def demo() -> None: ...

    # dbt warns of what its selectors do not find.
    some = build_dbt_asset_selection([demo], dbt_select="+stg_orders", dbt_exclude="tag:no_such")
    assert {key.path[-1] for key in some.resolve([demo])} == {"raw_orders", "stg_orders"}
    checks = some.resolve_checks([demo])
    assert "stg_orders" in {key.asset_key.path[-1] for key in checks}
    assert len(build_dbt_asset_selection([demo]).resolve([demo])) == len(demo.keys)
    unknown = build_dbt_asset_selection([demo], dbt_selector="no_such")
    with pytest.raises(DefinitionError, match=r"dbt cannot select in this manifest: .*no_such"):
        unknown.resolve([demo])


def test_what_is_said_of_assets_is_given_by_key() -> None:
    key = orders.ordered_keys[0]
    assert orders.tags_by_key[key]["team"] == "a"
    assert orders.group_names_by_key == {key: "default"}
    assert list(orders.owners_by_key[key]) == ["a@example.com"]
    assert orders.dependency_keys == raw.keys
    assert not orders.descriptions_by_key
    assert not orders.automation_conditions_by_key
