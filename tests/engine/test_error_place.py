"""From what a database says of its statement to the line of the code, and of its source."""

from types import SimpleNamespace

import pytest

from tui.engine.execution.error_place import excerpt_of, find_place, line_of_compiled

COMMENT = '/* {"app": "dbt", "node_id": "model.shop.m"} */\n\n  \n    '
CODE = "\n\nselect id,\n  nosuch,\n  name\nfrom t\nwhere name like 'aaaaaaaaaaaaaaaaaa'\n  and id"


def sent(code: str = CODE) -> str:
    return f"{COMMENT}create  table\n  m\n  as (\n    {code}\n  );\n"


def within(*lines: str) -> str:
    """A message of a database as dbt tells it."""
    return "\n".join(["Runtime Error in model m (models/m.sql)", *(f"  {line}" for line in lines)])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(['syntax error at or near "from"', "LINE 12: from t", "     ^"], 6, id="pg"),
        pytest.param(['column "nosuch" does not exist', "LINE 10:   nosuch", "  ^"], 4, id="name"),
        pytest.param(["Syntax error: Unexpected identifier at [10:3]"], 4, id="BigQuery"),
        pytest.param(["Syntax error near 'from'(line 12, pos 0)", "== SQL =="], 6, id="Spark"),
        pytest.param(["[UNRESOLVED_COLUMN] cannot resolve; line 10 pos 2;"], 4, id="Spark's plan"),
        pytest.param(["SQL compilation error: error line 11 at position 2"], 5, id="Snowflake"),
        pytest.param(["TrinoUserError: line 12:1: mismatched input 'from'"], 6, id="Trino"),
        pytest.param(["Conversion Error: Could not convert string 'x'"], 0, id="no line"),
        pytest.param(["syntax error", "LINE 4:     create table"], 0, id="outside of the code"),
    ],
)
def test_the_line_of_the_statement_is_led_back_to_that_of_the_code(
    lines: list[str], expected: int
) -> None:
    assert line_of_compiled(within(*lines), sent(), CODE) == expected


def test_duckdb_counts_without_the_comment_and_is_understood() -> None:
    # As DuckDB 2.0 writes it: `sum` stands on the first line of the code.
    code = "select sum(name) as x,\n  name as y, name as z\nfrom t where name = 'aaaaaaaaaaaaaa'"
    statement = f"{COMMENT}create view v as (\n{code}\n)"
    counted = statement[statement.index("create") :]
    at = statement.index("sum(name)")
    number = counted.count("\n", 0, at) + 1
    quoted = counted.split("\n")[number - 1]
    column = at - (len("\n".join(counted.split("\n")[: number - 1])) + 1)
    mark = " " * (len(f"LINE {number}: ") + column) + "^^^^^^^^^"
    message = within("Binder Error: No function matches", "", f"LINE {number}: {quoted}", mark)
    assert line_of_compiled(message, statement, code) == 1


def test_a_missing_name_counts_more_than_a_line_without_it() -> None:
    message = within('Referenced column "nosuch" not found in FROM clause!', "LINE 11:   name")
    assert line_of_compiled(message, sent(), CODE) == 4


def test_code_that_is_not_in_the_statement_is_found_by_its_line() -> None:
    statement = "insert into m\nselect * from tmp\nwhere nothing\n  name\n"
    assert line_of_compiled(within("oops", "LINE 4:   name", "  ^"), statement, CODE) == 5


def test_windows_line_ends_count_once() -> None:
    windows = CODE.replace("\n", "\r\n")
    message = within("syntax error", "LINE 12: from t", "  ^")
    assert line_of_compiled(message, sent(windows), windows) == 6


def test_an_excerpt_has_the_lines_around_the_one_that_failed() -> None:
    assert excerpt_of(CODE, 6) == (2, tuple(CODE.split("\n")[1:]))
    assert excerpt_of("a\nb", 1) == (1, ("a", "b"))
    assert excerpt_of("a", 0) == excerpt_of("a", 2) == (0, ())


def test_where_a_node_failed_is_told_for_its_source_and_its_compiled_code() -> None:
    node = SimpleNamespace(compiled_code=CODE, raw_code="", original_file_path="models/m.sql")
    message = within("syntax error", "LINE 12: from t", "  ^")
    places = [("models/m.sql", (1, 1))] * 4 + [("models/m.sql", (4, 7))] * 4
    found = find_place(message, node, sent(), lambda: places)
    assert (found.path, found.line, found.last_line) == ("models/m.sql", 4, 7)
    assert (found.compiled_line, found.excerpt_from) == (6, 2)
    assert found.excerpt[6 - 2] == "from t"


def test_a_jinja_error_has_its_line_from_jinja_alone() -> None:
    node = SimpleNamespace(compiled_code=CODE, raw_code="", original_file_path="models/m.sql")
    found = find_place("Compilation Error (models/m.sql)\n  oops\n    line 3\n", node, "", list)
    assert found == ("models/m.sql", 3, 0, 0, 0, ())


def test_a_check_that_a_properties_file_declares_has_no_line_of_its_code() -> None:
    node = SimpleNamespace(
        compiled_code=CODE, raw_code="{{ test_like(column='nosuch') }}", resource_type="test",
        original_file_path="models/m.yml",
    )  # fmt: skip
    message = "Runtime Error in test like (models/m.yml)\n  syntax error\n  LINE 12: from t\n  ^"
    places = [("models/m.yml", (1, 1))] * 8
    found = find_place(message, node, sent(), lambda: places)
    assert (found.path, found.line, found.last_line) == ("models/m.yml", 0, 0)
    assert (found.compiled_line, found.excerpt_from) == (6, 2)
    macro = [("tests/generic/like.sql", (2, 3))] * 8
    found = find_place(message, node, sent(), lambda: macro)
    assert (found.path, found.line, found.last_line) == ("tests/generic/like.sql", 2, 3)
    unknown = 'Runtime Error in test like (models/m.yml)\n  column "nosuch" does not exist'
    assert find_place(unknown, node, "", list).line == 0


def test_a_test_that_found_rows_shows_what_it_asked() -> None:
    node = SimpleNamespace(
        compiled_code="\n  \n\nselect id\nfrom t\nwhere id is null\n\n\n", raw_code="",
        original_file_path="models/m.yml", resource_type="test",
    )  # fmt: skip
    found = find_place("Got 3 results, configured to fail if != 0", node, "", list)
    assert found.excerpt == ("select id", "from t", "where id is null")
    assert (found.excerpt_from, found.compiled_line) == (4, 0)
    node.compiled_code = "\n".join([*(f"line {number}" for number in range(1, 30)), "", ""])
    found = find_place("Got 3 results", node, "", list)
    assert (found.excerpt_from, found.excerpt[0], found.excerpt[-1]) == (20, "line 20", "line 29")
    node.compiled_code = " \n"
    assert find_place("Got 3 results", node, "", list).excerpt == ()
