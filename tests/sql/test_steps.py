"""A query's CTEs, and the query up to one of them."""

import duckdb
import pytest

from tui.sql.steps import query_to, step_at, steps_of
from tui.sql.template import has_jinja, without_jinja

MODEL = """\
{{ config(materialized='table',
          tags=['a']) }}
{# with nothing as (select 1) #}
with orders as (
    select * from {{ ref('stg_orders') }} -- a ) comment
    {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
),
"per day" (day, n) as materialized (
    with inner_one as (select 1)
    select day, ')' as n from orders
)
, last as (select * from "per day")
select * from last
"""


def names(sql: str, adapter: str = "duckdb") -> list[str]:
    return [step.name for step in steps_of(sql, adapter)]


def test_jinja_becomes_blanks_and_names_in_the_same_places() -> None:
    blank = without_jinja(MODEL)
    assert len(blank) == len(MODEL)
    assert blank.count("\n") == MODEL.count("\n")
    assert "{" not in blank
    assert has_jinja(MODEL)
    assert not has_jinja("select 1")


def test_the_steps_of_a_model_are_found_in_its_source() -> None:
    assert names(MODEL) == ["orders", '"per day"', "last"]
    for step in steps_of(MODEL, "duckdb"):
        assert MODEL[step.start :].startswith(step.name)
        assert MODEL[step.end - 1] == ")"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 1", []),
        ("select * from (with a as (select 1) select * from a)", []),
        ("with recursive a(n) as (select 1 union all select n + 1 from a) select * from a", ["a"]),
        ("with a as not materialized (select 1), b as (select 2", ["a"]),
        ("with a as (select 'it''s (' as x) select * from a", ["a"]),
        ("select 'open", []),
        ("with", []),
        ("", []),
    ],
)
def test_only_whole_steps_of_the_outermost_query_count(sql: str, found: list[str]) -> None:
    assert names(sql) == found


def test_names_in_backticks_are_those_of_spark() -> None:
    assert names("with `a b` as (select 1) select * from `a b`", "spark") == ["`a b`"]


def test_the_cursor_is_in_the_step_before_whose_end_it_is() -> None:
    steps = steps_of(MODEL, "duckdb")
    assert step_at(steps, 0) == 0
    assert step_at(steps, MODEL.index("comment")) == 0
    assert step_at(steps, MODEL.index("inner_one")) == 1
    assert step_at(steps, MODEL.index("select * from last")) == 3


def test_the_query_up_to_a_step_has_its_rows_and_its_lines() -> None:
    sql = (
        "with a as (\n  select 1 as x union all select 2\n),\nB as (select x * 2 as y from a),\n"
        "c as (select nonsense)\nselect * from c"
    )
    cut = query_to(sql, "b", "duckdb")
    assert cut is not None
    assert sql.startswith(cut.rpartition("\n")[0])
    assert duckdb.sql(cut).fetchall() == [(2,), (4,)]
    assert query_to(sql, "nothing", "duckdb") is None
    assert query_to("select 1", "a", "duckdb") is None
