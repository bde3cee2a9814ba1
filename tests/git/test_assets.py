"""Which assets a change of files touches."""

from __future__ import annotations

from tests.ui.sample import graph_of
from tui.git.assets import asset_changes, touched
from tui.git.values import Comparison, FileChange, GitState
from tui.graph import AssetGraph, Check

GRAPH = graph_of("raw_orders -> stg_orders -> orders -> exp_report\nsrc_web.sessions -> orders")
ORDERS, STAGING = "model.shop.orders", "model.shop.stg_orders"
YAML = "models/marts/_shop.yml"


def graph() -> AssetGraph:
    assets = dict(GRAPH.assets)
    assets[ORDERS] = assets[ORDERS]._replace(patch_path=YAML, macros=("macro.shop.cents",))
    check = Check("test.shop.odd", "odd", "singular", ORDERS, (ORDERS,), "tests/odd.sql", 0, "shop")
    return AssetGraph(assets, {check.unique_id: check})


def letters(*changes: FileChange, **more: object) -> dict[str, str]:
    found = touched(graph(), Comparison(changes, **more))  # type: ignore[arg-type]
    return {key: one.letter for key, one in found.items()}


def test_a_file_touches_the_asset_that_it_defines() -> None:
    assert letters(FileChange("M", "models/staging/stg_orders.sql")) == {STAGING: "M"}
    assert letters(FileChange("A", "seeds/raw_orders.csv")) == {"seed.shop.raw_orders": "A"}
    renamed = FileChange("R", "models/marts/orders.sql", "models/marts/sales.sql")
    assert letters(renamed) == {ORDERS: "R"}
    assert letters(FileChange("M", "README.md")) == {}


def test_of_a_renamed_file_the_asset_of_before_says_so_while_dbt_cannot_parse() -> None:
    renamed = FileChange("R", "models/marts/sales.sql", "models/marts/orders.sql")
    found = touched(graph(), Comparison((renamed,)))
    assert {key: (one.letter, one.after) for key, one in found.items()} == {
        ORDERS: ("R", "models/marts/sales.sql")
    }
    swapped = FileChange("R", "models/marts/orders.sql", "models/staging/stg_orders.sql")
    found = touched(graph(), Comparison((renamed, swapped)))
    assert (found[ORDERS].before, found[ORDERS].after) == (swapped.before, "")
    assert found[STAGING].after == swapped.path
    kept = GitState("b", "1", "main", Comparison((renamed,)), Comparison((renamed,)))
    assert asset_changes(graph(), kept)[ORDERS].after == "models/marts/sales.sql"


def test_a_yaml_file_touches_only_what_it_describes_otherwise() -> None:
    change = FileChange("M", YAML)
    assert letters(change, entries={YAML: frozenset({"orders"})}) == {ORDERS: "M"}
    assert letters(change, entries={YAML: frozenset({"web.sessions"})}) == {
        "source.shop.src_web.sessions": "M"
    }
    assert letters(change, entries={YAML: frozenset({"report"})}) == {
        "exposure.shop.exp_report": "M"
    }
    assert letters(change, entries={YAML: frozenset()}) == {}


def test_a_macro_touches_all_that_use_it() -> None:
    found = touched(
        graph(), Comparison((FileChange("M", "macros/m.sql"),), {}, frozenset({"cents"}))
    )
    assert {key: one.because for key, one in found.items()} == {ORDERS: "the macro cents"}


def test_a_test_of_its_own_file_is_touched_too() -> None:
    assert letters(FileChange("M", "tests/odd.sql")) == {"test.shop.odd": "M"}


def test_what_waits_to_be_committed_is_told_from_what_the_branch_has() -> None:
    orders, staging = (
        FileChange("M", path)
        for path in ("models/marts/orders.sql", "models/staging/stg_orders.sql")
    )
    state = GitState("b", "1", "main", Comparison((orders,)), Comparison((orders, staging)))
    found = asset_changes(graph(), state)
    assert {key: one.is_committed for key, one in found.items()} == {ORDERS: False, STAGING: True}
