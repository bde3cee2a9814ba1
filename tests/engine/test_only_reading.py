"""Which statements of a macro are questions, however their quotes hide it."""

import pytest

from tui.engine.inspect.only_reading import not_a_question

HIDDEN = r"select '\'; commit; drop table x --'"


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "select ';' as semicolon;",
        "select 'it''s; drop table x'",
        'select "update" from t -- ; drop table x',
        "with t as (select 1) select replace(a, 'x', 'y') from t",
    ],
)
@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "spark"])
def test_what_reads_is_one(sql: str, adapter: str) -> None:
    assert not not_a_question(sql, adapter)


@pytest.mark.parametrize(
    "sql",
    [
        "drop table x",
        "select 1; drop table x",
        "select '''; commit; drop table x --'; commit; drop table x",
        "with a as (delete from t returning 1) select 1",
        "select /* */ 1; commit",
    ],
)
@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "spark"])
def test_what_may_write_is_none(sql: str, adapter: str) -> None:
    assert not_a_question(sql, adapter)


@pytest.mark.parametrize(
    ("adapter", "writes"), [("duckdb", True), ("postgres", True), ("spark", False)]
)
def test_a_backslash_escapes_only_where_the_database_says_so(adapter: str, writes: bool) -> None:
    assert not_a_question(HIDDEN, adapter) is writes
