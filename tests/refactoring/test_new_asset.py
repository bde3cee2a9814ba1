"""A new model, snapshot or test: what is wrong with it, and the file that it makes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from tui.errors import ProjectError
from tui.refactoring.new_asset import (
    COLUMN,
    MODEL,
    SINGULAR,
    SNAPSHOT,
    Draft,
    Surroundings,
    change,
    problems,
)
from tui.refactoring.new_sql import Origin, identifier, needs_quotes

PROPERTIES = "models:\n  - name: orders  # ours\n    columns:\n      - name: id\n"
AROUND = Surroundings(
    package="shop",
    origin=Origin("ref('orders')", "orders", ["id", "updated_at", "order"]),
    name_problem=lambda name: "A name is missing." if not name else "",
    exists=lambda path: path == "models/taken.sql",
    unique_id="model.shop.orders",
    described=("model", "orders"),
    adapter="duckdb",
    version=(1, 11),
    folders={MODEL: ["models"], SNAPSHOT: ["snapshots"], SINGULAR: ["tests"]},
    properties=("models/_m.yml", PROPERTIES),
    test_names=frozenset({"no_orphans"}),
    tests=frozenset({("id", "unique")}),
    targets={"customers": "ref('customers')"},
)


def written(draft: Draft, around: Surroundings = AROUND) -> tuple[str, str]:
    (edit,) = change(draft, around).edits
    return edit.path, edit.after or ""


def test_a_model_selects_the_columns_one_a_line() -> None:
    path, text = written(Draft(MODEL, "new", "models/marts/"))
    assert path == "models/marts/new.sql"
    assert text == (
        "with orders as (\n\n    select * from {{ ref('orders') }}\n\n)\n\n"
        'select\n    id,\n    updated_at,\n    "order"\nfrom orders\n'
    )
    around = replace(AROUND, origin=Origin("source('raw', 'x')", "source"))
    assert written(Draft(MODEL, "new", "models", materialized="table"), around)[1] == (
        "{{ config(materialized='table') }}\n\n"
        "with source as (\n\n    select * from {{ source('raw', 'x') }}\n\n)\n\n"
        "select *\nfrom source\n"
    )


def test_an_incremental_model_reads_what_is_newer() -> None:
    draft = Draft(MODEL, "new", "models", materialized="incremental", unique_key="id")
    text = written(draft)[1]
    assert text.startswith("{{ config(materialized='incremental', unique_key='id') }}\n")
    assert text.endswith(
        "{% if is_incremental() %}\n"
        "where updated_at > (select max(updated_at) from {{ this }})\n{% endif %}\n"
    )


@pytest.mark.parametrize(
    ("name", "adapter", "found"),
    [
        ("id", "duckdb", "id"),
        ("Id", "duckdb", "Id"),
        ("Id", "postgres", '"Id"'),
        ("ID", "snowflake", "id"),
        ("Id", "snowflake", '"Id"'),
        ("order id", "bigquery", "`order id`"),
        ("select", "sqlserver", "[select]"),
        ('a"b', "duckdb", '"a""b"'),
    ],
)
def test_names_are_quoted_where_the_database_needs_it(name: str, adapter: str, found: str) -> None:
    assert identifier(name, adapter) == found
    assert needs_quotes(name, adapter) == (not found[0].isalpha())


def test_a_snapshot_is_yaml_from_dbt_1_9_on_and_a_block_before() -> None:
    draft = Draft(SNAPSHOT, "was", "snapshots", unique_key="id", updated_at="updated_at")
    path, text = written(draft)
    assert (path, yaml.safe_load(text)) == (
        "snapshots/was.yml",
        {
            "snapshots": [
                {
                    "name": "was",
                    "relation": "ref('orders')",
                    "config": {
                        "unique_key": "id", "strategy": "timestamp", "updated_at": "updated_at",
                    },
                }
            ]
        },
    )  # fmt: skip
    assert "check_cols: all" in written(replace(draft, updated_at=""))[1]
    path, text = written(draft, replace(AROUND, version=(1, 8)))
    assert path == "snapshots/was.sql"
    assert text.startswith("{% snapshot was %}")
    assert "target_schema='snapshots'" in text


def test_a_singular_test_selects_the_wrong_rows() -> None:
    draft = Draft(SINGULAR, "no_old", "tests", condition=" id < 0 ")
    assert written(draft) == (
        "tests/no_old.sql",
        "select *\nfrom {{ ref('orders') }}\nwhere id < 0\n",
    )


def test_a_column_test_is_added_to_the_yaml() -> None:
    path, text = written(Draft(COLUMN, column="id", test="not_null"))
    assert path == "models/_m.yml"
    assert text == PROPERTIES + "        data_tests:\n          - not_null\n"
    one = Draft(COLUMN, column="id", test="relationships", to="customers", field="id")
    columns = yaml.safe_load(written(one)[1])["models"][0]["columns"]
    assert columns[0]["data_tests"] == [
        {"relationships": {"arguments": {"to": "ref('customers')", "field": "id"}}}
    ]
    values = Draft(COLUMN, column="order", test="accepted_values", values="a, b,,")
    older = written(values, replace(AROUND, version=(1, 10)))[1]
    assert yaml.safe_load(older)["models"][0]["columns"][1]["data_tests"] == [
        {"accepted_values": {"values": ["a", "b"]}}
    ]


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (Draft(MODEL, "", "models"), "name", "A name is missing."),
        (Draft(MODEL, "taken", "models"), "name", "models/taken.sql exists already."),
        (Draft(MODEL, "a", "../x"), "folder", "It is outside the project."),
        (Draft(MODEL, "a", "/etc"), "folder", "A folder of the project is meant"),
        (Draft(MODEL, "a", "seeds"), "folder", "dbt reads no models there: it looks in models."),
        (Draft(MODEL, "a", "models_2"), "folder", "dbt reads no models there"),
        (Draft(SNAPSHOT, "a", "snapshots"), "unique_key", "The name of a column is missing."),
        (Draft(SNAPSHOT, "a", "snapshots", unique_key="'x'"), "unique_key", "without quotes"),
        (Draft(SINGULAR, "no_orphans", "tests", condition="a"), "name", "there is a test of that"),
        (Draft(SINGULAR, "a", "tests"), "condition", "Say in SQL which rows are wrong"),
        (Draft(SINGULAR, "a", "tests", condition="a;"), "condition", "Leave the `;` out."),
        (Draft(COLUMN, column="no"), "column", "orders has no column no."),
        (Draft(COLUMN, column="ID", test="unique"), "column", "ID has the test unique already."),
        (Draft(COLUMN, column="id", test="accepted_values"), "values", "The values are missing"),
        (Draft(COLUMN, column="id", test="relationships", to="x", field="id"), "to", "no model"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(draft: Draft, field: str, words: str) -> None:
    found = problems(draft, AROUND)
    assert words in found[field]
    assert [*found] == [field]
    with pytest.raises(ProjectError):
        change(draft, AROUND)
