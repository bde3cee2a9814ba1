"""Another name for an asset, in every kind of file that says its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphs import graph_of
from tui.errors import ProjectError
from tui.graph import AssetGraph
from tui.protocol.records import Check
from tui.refactoring.asset_names import consequences, outside, renamed_id, renaming_of
from tui.refactoring.edits import Change
from tui.refactoring.renaming import Renaming, rename

ORDERS = Renaming(
    "model",
    "shop",
    "orders",
    "sales",
    moves={"models/marts/orders.sql": "models/marts/sales.sql"},
    fqns=frozenset({"shop.marts.orders"}),
    unique_ids=frozenset({"model.shop.orders"}),
    relations=frozenset({"main.orders"}),
)


def renamed(path: str, text: str, renaming: Renaming = ORDERS) -> tuple[str, list[str]]:
    """The text of one file afterwards, and the places that are left."""
    texts = {"models/marts/orders.sql": "select 1 as id\n", path: text}
    change = rename(renaming, texts, "t")
    after = next((one.after for one in change.edits if one.path == path), text)
    return after or "", [one.words for one in change.places]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from {{ ref('orders') }}", "from {{ ref('sales') }}"),
        ('from {{ ref("orders", v=1) }}', 'from {{ ref("sales", v=1) }}'),
        ("from {{ ref('shop', 'orders') }}", "from {{ ref('shop', 'sales') }}"),
        ("from {{ ref('other', 'orders') }}", "from {{ ref('other', 'orders') }}"),
        ("{{ ref('orders_2') }}{{ source('orders', 'orders') }}",) * 2,
        ("with orders as (select 'orders') -- orders",) * 2,
        ("\ufeffa\r\n{{ ref('orders') }}\r\n", "\ufeffa\r\n{{ ref('sales') }}\r\n"),
    ],
)
def test_in_sql_only_what_dbt_reads_as_the_name_is_changed(before: str, after: str) -> None:
    assert renamed("models/a.sql", before) == (after, [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ ref(name) }}", "a ref whose name is known only when dbt runs it: {{ ref(name) }}"),
        ("{{ ref(here, 'orders') }}", "a ref whose name is known only when dbt runs it"),
        ("{% set all = ['orders'] %}", "the name in quotes"),
        ("{{ graph.nodes['model.shop.orders'] }}", "the name in quotes"),
        ("{# {{ ref('orders') }} #}", "a comment"),
        ('select * from "main"."orders"', "the relation by its name in the database"),
    ],
)
def test_what_may_be_the_name_is_listed_and_left(text: str, why: str) -> None:
    after, places = renamed("macros/a.sql", f"\n{text}\n")
    assert after == f"\n{text}\n"
    assert [one[: len("macros/a.sql:2  " + why)] for one in places] == [f"macros/a.sql:2  {why}"]


YAML = """\
models:
  - name: orders  # the heart
    description: orders, as in ref('orders')
    columns:
      - name: orders
        data_tests:
          - relationships: {to: ref('orders'), field: orders}
          - relationships:
              to: 'ref(''orders'')'
              field: id
          - equal_to:
              arguments:
                other: "{{ ref(\\"orders\\") }}"
    versions:
      - v: 1
        defined_in: orders
seeds:
  - name: orders
sources:
  - name: orders
    tables: [{name: orders}]
exposures:
  - name: orders
    depends_on:
      - ref('orders')
      - ref('shop', 'orders')
      - source('orders', 'orders')
unit_tests:
  - name: orders
    model: orders
    given:
      - input: ref('orders')
semantic_models:
  - name: orders
    model: ref('orders', v=1)
metrics:
  - name: orders
"""
YAML_AFTER = (
    YAML.replace("models:\n  - name: orders  #", "models:\n  - name: sales  #")
    .replace("{to: ref('orders'),", "{to: ref('sales'),")
    .replace("'ref(''orders'')'", "'ref(''sales'')'")
    .replace('ref(\\"orders\\")', 'ref(\\"sales\\")')
    .replace("defined_in: orders", "defined_in: sales")
    .replace("- ref('orders')", "- ref('sales')")
    .replace("ref('shop', 'orders')", "ref('shop', 'sales')")
    .replace("model: orders\n", "model: sales\n")
    .replace("input: ref('orders')", "input: ref('sales')")
    .replace("model: ref('orders', v=1)", "model: ref('sales', v=1)")
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_yaml_says_the_name_in_entries_tests_exposures_and_semantic_models(newline: str) -> None:
    before, after = (text.replace("\n", newline) for text in (YAML, YAML_AFTER))
    assert renamed("models/_m.yml", before) == (after, [])


def test_yaml_that_is_none_and_names_as_arguments_are_listed() -> None:
    text = "models:\n- name: x\n  tests:\n  - same_rows: {table: orders}\n"
    assert renamed("models/_m.yml", text)[1] == [
        "models/_m.yml:4  the name in quotes: - same_rows: {table: orders}"
    ]
    assert renamed("models/_m.yml", "a: [orders")[1] == [
        "models/_m.yml:1  it is not valid YAML, and is not looked at"
    ]


def test_an_anchor_that_is_called_the_same_stays() -> None:
    text = "models:\n- name: &orders orders\n  meta: {called: *orders}\n"
    assert renamed("models/_m.yml", text)[0] == text.replace("&orders orders", "&orders sales")


def test_configuration_by_path_is_that_of_the_asset_alone() -> None:
    text = (
        "name: shop\nmodels:\n  shop:\n    orders: {+tags: a}\n    marts:\n      orders:\n"
        "        +meta: {orders: 1}\non-run-end: [\"{{ log(ref('orders')) }}\"]\n"
    )
    after = text.replace("      orders:\n", "      sales:\n").replace(
        "ref('orders')", "ref('sales')"
    )
    assert renamed("dbt_project.yml", text) == (after, [])


def test_selectors_are_changed_and_patterns_listed() -> None:
    text = (
        "selectors:\n  - name: orders\n    definition: '+orders,tag:x 2+shop.marts.orders+1'\n"
        "  - name: b\n    definition:\n      union:\n        - {method: fqn, value: orders}\n"
        "        - path:models/marts/orders.sql\n        - method: tag\n          value: orders\n"
        "        - ord*\n"
    )
    after, places = renamed("selectors.yml", text)
    assert after == (
        text.replace("'+orders,tag:x 2+shop.marts.orders+1'", "'+sales,tag:x 2+shop.marts.sales+1'")
        .replace("{method: fqn, value: orders}", "{method: fqn, value: sales}")
        .replace("marts/orders.sql", "marts/sales.sql")
    )
    assert places == ["selectors.yml:11  a pattern that does not match the new name: - ord*"]


def test_the_schedules_of_dbtree_select_by_name_too() -> None:
    text = '[[schedules]]\nname = "orders"\nselect = "orders+ tag:orders"\n'
    assert renamed("dbtree.toml", text)[0] == text.replace('"orders+ ', '"sales+ ')
    other = '[tool.black]\nselect = "orders"\n[[tool.dbtree.schedules]]\nexclude = "orders"\n'
    after = other.replace('exclude = "orders"', 'exclude = "sales"')
    assert renamed("pyproject.toml", other)[0] == after


def test_python_models_are_changed_and_selectors_in_python_listed() -> None:
    text = 'def model(dbt, s):\n    return dbt.ref("orders")\n'
    assert renamed("models/p.py", text) == (text.replace('"orders"', '"sales"'), [])
    assert renamed("defs/a.py", 'assets(select="orders+")\n')[1] == [
        'defs/a.py:1  the name in quotes: assets(select="orders+")'
    ]


def test_a_snapshot_is_renamed_in_its_block() -> None:
    one = Renaming("snapshot", "shop", "orders", "sales")
    text = "{% snapshot orders %}\nselect * from {{ ref('x') }}\n{% endsnapshot %}\n"
    after = text.replace("snapshot orders", "snapshot sales")
    assert renamed("snapshots/a.sql", text, one)[0] == after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_of_a_source_keeps_its_identifier(newline: str) -> None:
    one = Renaming("source", "shop", "orders", "sales", source="raw")
    text = (
        "sources:\n  - name: raw\n    tables:\n      - name: orders\n        columns: []\n"
        "  - name: other\n    tables:\n      - name: orders\n"
    ).replace("\n", newline)
    assert renamed("models/_s.yml", text, one)[0] == text.replace(
        "- name: orders", f"- name: sales{newline}        identifier: orders", 1
    )
    selectors = "selectors:\n- name: a\n  definition: source:raw.orders+ source:shop.raw.orders\n"
    after = selectors.replace("raw.orders", "raw.sales")
    assert renamed("selectors.yml", selectors, one)[0] == after
    flow = "sources: [{name: raw, tables: [{name: orders}, {name: x, identifier: orders}]}]\n"
    assert renamed("models/_s.yml", flow, one)[0] == flow.replace(
        "{name: orders}", "{name: sales, identifier: orders}"
    )
    sql = "{{ source('raw', 'orders') }}{{ source('other', 'orders') }}{{ ref('orders') }}"
    assert renamed("models/a.sql", sql, one)[0] == sql.replace("'raw', 'orders'", "'raw', 'sales'")


# ------------------------------------------------------------------------------- the graph


def shop(**changed: Any) -> AssetGraph:
    graph = graph_of("a -> b -> c")
    found = {}
    for key, asset in graph.assets.items():
        fields = {"path": f"models/{asset.name}.sql", "package": "shop",
                  "fqn": f"shop.{asset.name}", "relation": f"db.main.{asset.name}"}  # fmt: skip
        found[key] = asset._replace(**{**fields, **changed.get(asset.name, {})})
    return AssetGraph(found, {}, {})


def id_of(graph: AssetGraph, name: str) -> str:
    return next(key for key, asset in graph.assets.items() if asset.name == name)


def test_the_files_of_an_asset_go_with_it() -> None:
    graph = shop(a={"patch_path": "models/_a.yml"}, b={"patch_path": "models/_b.yml"},
                 c={"patch_path": "models/_b.yml"})  # fmt: skip
    one = renaming_of(graph, id_of(graph, "a"), "z", "shop")
    assert one.moves == {"models/a.sql": "models/z.sql", "models/_a.yml": "models/_z.yml"}
    assert renaming_of(graph, id_of(graph, "b"), "z", "shop").moves == {
        "models/b.sql": "models/z.sql"
    }
    assert one.relations == {"main.a"}
    assert renamed_id("model.shop.a", one) == "model.shop.z"
    assert renamed_id("model.shop.a.v2", one) == "model.shop.z.v2"


def test_all_versions_are_renamed_together() -> None:
    graph = shop(
        a={"name": "dim.v1", "version": "1", "path": "models/dim_v1.sql", "fqn": "shop.dim.v1"},
        b={"name": "dim.v2", "version": "2", "path": "models/dim.sql", "fqn": "shop.dim.v2"},
    )
    one = renaming_of(graph, id_of(graph, "dim.v1"), "fact", "shop")
    assert one.moves == {"models/dim_v1.sql": "models/fact_v1.sql",
                         "models/dim.sql": "models/fact.sql"}  # fmt: skip
    assert one.fqns == {"shop.dim"}
    assert len(one.unique_ids) == 2


@pytest.mark.parametrize(
    ("name", "new", "why"),
    [
        ("a", "b", "b is taken: model models/b.sql"),
        ("a", "B", "b is taken: model models/b.sql"),
        ("a", "sold", "db.main.Sold is the relation of aliased: models/aliased.sql"),
        ("a", "a", "It is called a already"),
        ("a", "1a", "begins with no digit"),
        ("a", "a b", "letters, digits and _"),
        ("a", "x" * 64, "64 letters"),
        ("c", "z", "belongs to the package kit"),
        ("b", "z", "is not a model, seed, snapshot or source table"),
    ],
)
def test_what_cannot_be_renamed_is_said(name: str, new: str, why: str) -> None:
    sold = {"name": "aliased", "path": "models/aliased.sql", "relation": "db.main.Sold"}
    graph = shop(c={"package": "kit"}, b=sold if new == "sold" else {})
    if name == "b":
        graph = shop(b={"resource_type": "exposure"})
    with pytest.raises(ProjectError, match=why):
        renaming_of(graph, id_of(graph, name), new, "shop")


def test_what_follows_is_told_honestly() -> None:
    graph = shop(b={"materialized": "incremental"}, c={"package": "kit"})
    key = id_of(graph, "b")
    check = Check("t", "unique id", "generic", key, (key,), "models/_b.yml", 3, "shop", "id")
    graph = AssetGraph(graph.assets, {"t": check}, {})
    one = renaming_of(graph, key, "z", "shop")
    assert consequences(graph, key, one, {key}) == [
        "To dbt z is a new asset: it has no history, and is not built yet.",
        "db.main.b stays in the database until it is dropped.",
        "Its rows stay there; to continue with them, set `alias: b` in its config.",
        "Tests that dbt names after it get new names.",
    ]
    assert [place.path for place in outside(graph, one)] == ["models/c.sql"]
    read = shop(a={"resource_type": "source", "relation": "db.main.b", "line": 4})
    assert [place.words for place in outside(read, one)] == [
        "models/a.sql:4  a source reads the relation that it has now: a"
    ]
    aliased = shop(b={"relation": "db.main.other"})
    one = renaming_of(aliased, key, "z", "shop")
    assert one.relations == frozenset()
    assert consequences(aliased, key, one, {key})[1:] == [
        "Its relation stays db.main.other, by its alias."
    ]


def test_what_will_mean_another_asset_is_told() -> None:
    graph = shop(c={"package": "kit", "relation": "db.kit.c"}, a={"resource_type": "source"})
    key = id_of(graph, "b")
    taken = [consequences(graph, key, renaming_of(graph, key, name, "shop"), ()) for name in "ca"]
    assert taken[0][1] == (
        "The package kit has a c, too: each `ref('c')` without a package will read this one."
    )
    assert taken[1][1] == "It will be built in the place of db.main.a, which is source a."
    assert renaming_of(graph, key, "B", "shop").moves == {"models/b.sql": "models/B.sql"}


def test_a_name_that_dbt_itself_looks_for_is_told() -> None:
    graph = shop(a={"name": "metricflow_time_spine"})
    key = id_of(graph, "metricflow_time_spine")
    one = renaming_of(graph, key, "days", "shop")
    assert "the project no longer parses" in consequences(graph, key, one, ())[0]


def test_nothing_to_rename_is_said() -> None:
    with pytest.raises(ProjectError, match="No file of the project has the name orders"):
        rename(Renaming("source", "shop", "orders", "sales", source="raw"), {"a.sql": ""}, "t")


def test_a_change_can_be_turned_round() -> None:
    texts = {"models/marts/orders.sql": "select 1\n", "models/a.sql": "{{ ref('orders') }}\n"}
    change: Change = rename(ORDERS, texts, "t")
    assert [(one.path, one.moved_to) for one in change.edits] == [
        ("models/marts/orders.sql", "models/marts/sales.sql"), ("models/a.sql", "")
    ]  # fmt: skip
    assert change.inverse.inverse.edits == change.edits
    assert change.diff() == [
        "rename models/marts/orders.sql → models/marts/sales.sql",
        "--- a/models/a.sql", "+++ b/models/a.sql", "@@ -1 +1 @@",
        "-{{ ref('orders') }}", "+{{ ref('sales') }}",
    ]  # fmt: skip
