"""Only queries are run."""

import pytest

from tui.sql.read_only import refusal_of


@pytest.mark.parametrize(
    "sql",
    [
        "select 1", "select 1;", "-- a\nselect 1 -- b", "with a as (select 1) select * from a",
        "select 1 union all select 2", "(select 1)", "values (1), (2)", "from t select a",
        "select * from t where x = 'delete from t; drop table t'", "select replace(a, 'b', 'c')",
        "select a.update, b.insert from a join b using (set)",
        "select * from t pivot (sum(a) for b in (1))",
        "this is ( not sql",
        "summarize t", "describe t", "show tables", "pivot t on a using sum(b)",
    ],
)  # fmt: skip
def test_what_only_reads_is_run(sql: str) -> None:
    assert refusal_of(sql, "duckdb") == ""


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("delete from t", "delete"), ("insert into t values (1)", "insert"),
        ("update t set a = 1", "update"), ("create table t as select 1", "create"),
        ("drop table t", "drop"), ("alter table t add column a int", "alter"),
        ("truncate table t", "truncate"), ("copy t to 'x.csv'", "copy"), ("set a = 1", "set"),
        ("attach 'x.db'", "attach"), ("merge into t using s on t.a = s.a when matched then delete",
                                      "merge"),
        ("with gone as (delete from t returning *) select * from gone", "delete"),
        ("call do_it()", "call"), ("vacuum", "vacuum"), ("pragma x", "pragma"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("adapter", ["duckdb", "postgres"])
def test_what_would_change_anything_is_refused(sql: str, word: str, adapter: str) -> None:
    if adapter == "duckdb" or word not in ("attach", "pragma"):  # which Postgres does not have
        assert f"`{word}`" in refusal_of(sql, adapter)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("explain select 1", "^o explains a query: write it without `explain`."),
        (
            "-- how\nEXPLAIN ANALYZE delete from t",
            "^o explains a query: write it without `explain`.",
        ),
        ("describe t", "Only queries can be run here, and `describe` is none: use a `select`."),
        ("show tables", "Only queries can be run here, and `show` is none: use a `select`."),
        ("checkpoint", "Only queries can be run here, and `checkpoint` is none."),
        ("install httpfs", "Only queries can be run here, and `install` is none."),
        ("gibberish here", "Only queries can be run here, and this is none."),
    ],
)
def test_what_is_no_query_is_called_by_its_own_name(sql: str, words: str) -> None:
    assert refusal_of(sql, "postgres") == words


def test_select_into_makes_a_table() -> None:
    assert "`into`" in refusal_of("select 1 as a into t", "postgres")


def test_one_query_at_a_time() -> None:
    assert "there are 2" in refusal_of("select 1; select 2", "duckdb")
    assert refusal_of(" ;", "duckdb") == "There is no query."
    assert refusal_of("\n", "duckdb") == "There is no query."
