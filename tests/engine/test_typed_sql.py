"""A condition that is typed stays a piece of one statement, whatever is in it."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.inspect.typed_sql import NotOneStatement, piece_of_statement


@pytest.mark.parametrize(
    "text",
    [
        "",
        "total > 9",
        "name = 'a;b)' and (id in (1, 2))",
        "name = 'it''s; (' -- a note; with (anything",
        "name = 'C:\\' and \"a;)\" = 1",
        "e'it\\'s; )' = name",
        "$$a;)'$$ = name or $x$ ; $$ $x$ = name",
        "a /* ; ) ' */ = 1",
        "total + $1 > 2",
        "date'2024-01-01' < day",
    ],
)
def test_a_whole_condition_is_taken_as_it_is(text: str) -> None:
    assert piece_of_statement(text, "duckdb") == text


@pytest.mark.parametrize("text", ["a = 1;", "a = 1 ; ;", "a = 1; -- done", "a = 1; /* ; */ "])
def test_a_statement_may_be_ended(text: str) -> None:
    assert piece_of_statement(text, "duckdb").strip() == "a = 1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1=1; drop table w_empty; select 1 as x", "nothing can follow its “;”"),
        ("1=1 /* a */ ; -- b\n drop table a", "nothing can follow its “;”"),
        ("a = 'b\\'; drop table c; --'", "nothing can follow its “;”"),
        ("1=1) union select 1 from (select 1", "“\\)” has no matching"),
        ("(a = 1", "“\\(” is not closed"),
        ("a = 'b", "“'” is not closed"),
        ('"a = 1', '“"” is not closed'),
        ("a = 1 /* b", "“/\\*” is not closed"),
        ("$q$ a $$", "“\\$q\\$” is not closed"),
        ("/* a /* b */ ; drop table c; */", "comments cannot be nested"),
        ("a$$'$$; drop table b --'", "may not be a quote"),
    ],
)
def test_what_leaves_the_statement_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotOneStatement, match=why):
        piece_of_statement(text, "duckdb")


def test_strings_are_those_of_the_database() -> None:
    text = "a = 'b\\'; drop table c; --'"
    assert piece_of_statement(text, "bigquery") == text
    with pytest.raises(NotOneStatement):
        piece_of_statement("a = '\\'' ; drop table b --'", "bigquery")


@pytest.mark.parametrize("adapter_type", ["duckdb", "postgres", "databricks"])
def test_a_name_in_backticks_hides_nothing(adapter_type: str) -> None:
    assert piece_of_statement("`a b` = 1", adapter_type) == "`a b` = 1"
    with pytest.raises(NotOneStatement, match="backticks"):
        piece_of_statement("`a --` ; drop table b", adapter_type)


PIECES = st.sampled_from(
    ["'", '"', "`", "$", "$$", "$a$", "\\", ";", "(", ")", "--", "/*", "*/", "\n", " ", "e'", "E",
     "a", "1", ",", "=", "drop table t", "select 2", "#", "$1", "_", "x", "[", "]", "u&"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=12).map("".join))
def test_what_is_taken_is_one_statement_to_the_database(where: str, order_by: str) -> None:
    try:
        where = piece_of_statement(where, "duckdb")
        order_by = piece_of_statement(order_by, "duckdb")
    except NotOneStatement:
        return
    sql = f"select * from t\nwhere {where}\norder by {order_by}\nlimit 2"
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error:
        return
    assert len(statements) == 1
