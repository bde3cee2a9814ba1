"""What is asked through `dbt show --inline`, and how its answer is read."""

import json
from types import SimpleNamespace

import jinja2
import pytest

from tui.engine.command.inline_sql import (
    LARGEST,
    NotInline,
    compiled_code,
    literally,
    relation_facts,
    relations_there,
    shown_rows,
)
from tui.engine.command.log_records import LogRecord


def node(name: str, database: str | None = "db") -> SimpleNamespace:
    return SimpleNamespace(database=database, schema="main", alias=name, unique_id=name)


def rendered(statement: str, **relations: SimpleNamespace) -> str:
    """The statement as dbt would render it over a database with these relations."""
    columns = [SimpleNamespace(name="it's", data_type="integer")]
    adapter = SimpleNamespace(
        get_relation=lambda database, schema, identifier: relations.get(identifier),
        get_columns_in_relation=lambda relation: columns,
    )
    dbt = SimpleNamespace(type_string=lambda: "varchar")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(statement).render(adapter=adapter, dbt=dbt)


def test_a_query_is_left_alone_by_jinja() -> None:
    text = "select '{{ x }}' as a {% if %} -- {# c #}"
    assert rendered(literally(text)) == text


@pytest.mark.parametrize("text", ["select 1 {% endraw %} {{ 2 }}", "x" * (LARGEST + 1)])
def test_a_query_that_jinja_would_see_or_no_command_line_takes_is_refused(text: str) -> None:
    with pytest.raises(NotInline):
        literally(text)


def test_a_table_is_asked_for_its_rows_and_a_view_is_not() -> None:
    table = SimpleNamespace(type="table", __str__=lambda self: "t")
    statement = relation_facts(node("orders"))
    assert "count(*)" in rendered(statement, orders=table)
    view = rendered(statement, orders=SimpleNamespace(type="view"))
    assert "count(*)" not in view
    assert "'it''s', 'integer', 1" in view
    assert "'missing'" in rendered(statement)


def test_relations_are_looked_for_by_their_names() -> None:
    [(statement, nodes)] = relations_there([node("a"), node('q"q', None), node("c")])
    assert [one.unique_id for one in nodes] == ["a", 'q"q', "c"]
    there = rendered(statement, a=SimpleNamespace(type="table"), c=SimpleNamespace(type="view"))
    assert "select '0,2' as there" in there


def test_many_relations_are_looked_for_in_parts_that_fit() -> None:
    nodes = [node(f"a_model_with_a_long_name_{number}") for number in range(3000)]
    parts = list(relations_there(nodes))
    assert [one for _, part in parts for one in part] == nodes
    assert all(len(statement) < 2 * LARGEST for statement, _ in parts)
    assert len(parts) > 1


@pytest.mark.parametrize(
    ("preview", "columns"),
    [
        ([{"id": 1, "name": None}], None),
        ([{"id": 1, "name": None}], ["id", "name"]),
        ({"show": [{"id": 1, "name": None}]}, None),
    ],
)
def test_the_rows_of_a_show_are_read_of_either_dbt(preview: object, columns: object) -> None:
    data = {"preview": json.dumps(preview), **({"columns": columns} if columns else {})}
    assert shown_rows([LogRecord("ShowNode", "info", "", data)]) == (["id", "name"], [[1, None]])


def test_no_rows_and_no_answer_are_not_the_same() -> None:
    assert shown_rows([LogRecord("ShowNode", "info", "", {"preview": "[]"})]) == ([], [])
    assert shown_rows([LogRecord("Generic", "info", "")]) is None
    assert compiled_code([LogRecord("CompiledNode", "info", "", {"compiled": "x"})]) == "x"
    assert compiled_code([]) is None
