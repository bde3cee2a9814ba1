"""Each line of compiled code is led back to the line of the source that made it."""

from typing import Any

import jinja2
import pytest

from tui.engine.compile.line_map import (
    SourceLines,
    first_line_in,
    map_lines,
    marked,
    place_lines,
    read_marks,
)

MACRO = "{% macro several(n) %}(\n  select {{ n }}\n){% endmacro %}{% macro one() %}1{% endmacro %}"


def render(source: str) -> str:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    macros: Any = environment.from_string(MACRO).module
    context = {
        "ref": lambda name: f'"db"."{name}"',
        "config": lambda **_: "",
        "several": macros.several,
        "one": macros.one,
    }
    return environment.from_string(source).render(context)


def mapped(source: str) -> list[tuple[str, int, int]]:
    """Each line of what is compiled, with the lines of the source that it is said to be of."""
    compiled = render(source)
    lines = map_lines(compiled, render(marked(source)))
    return [
        (text, *place)
        for text, place in zip(compiled.split("\n"), lines, strict=True)
        if text.strip()
    ]


CASES = {
    "plain text": ("select 1\n\nfrom t\n", [("select 1", 1, 1), ("from t", 3, 3)]),
    "a block of configuration above": (
        "{{ config(\n  materialized='table'\n) }}\n\nselect id\nfrom {{ ref('a') }}",
        [("select id", 5, 5), ('from "db"."a"', 6, 6)],
    ),
    "a loop": (
        "select\n{% for c in ['a', 'b', 'c'] %}\n  {{ c }},\n  1 as {{ c }}_one,\n{% endfor %}\n"
        "  2\nfrom t",
        [
            ("select", 1, 1),
            *[(f"  {c}{rest}" if rest == "," else f"  1 as {c}_one,", line, line)
              for c in "abc" for rest, line in ((",", 3), ("", 4))],
            ("  2", 6, 6),
            ("from t", 7, 7),
        ],
    ),
    "a loop that strips": (
        "select\n  {%- for c in ['a', 'b'] %}\n  {{ c -}}\n  {% if not loop.last %},{% endif %}\n"
        "  {%- endfor %}\nfrom t",
        [("select", 1, 1), ("  a,", 3, 3), ("  b", 3, 3), ("from t", 6, 6)],
    ),
    "a macro of several lines": (
        "select *\nfrom {{ several(\n  7\n) }} as s\nwhere {{ one() }} = 1",
        [("select *", 1, 1), ("from (", 2, 2), ("  select 7", 2, 4), (") as s", 2, 4),
         ("where 1 = 1", 5, 5)],
    ),
    "common table expressions": (
        "with a as (\n  select 1\n),\n\nb as (\n  select * from {{ ref('x') }}\n)\nselect * from b",
        [("with a as (", 1, 1), ("  select 1", 2, 2), ("),", 3, 3), ("b as (", 5, 5),
         ('  select * from "db"."x"', 6, 6), (")", 7, 7), ("select * from b", 8, 8)],
    ),
    "comments of Jinja and of SQL": (
        "{# one\n two #}\n-- {{ ref('b') }}\nselect 1 {# three\n four #} as x\n/* five\n*/ from t",
        [('-- "db"."b"', 3, 3), ("select 1  as x", 4, 4), ("/* five", 6, 6), ("*/ from t", 7, 7)],
    ),
    "a branch": (
        "select 1\n{% if false %}\nfrom nowhere\n{% else %}\nfrom t\n{% endif %}\nwhere 1=1",
        [("select 1", 1, 1), ("from t", 5, 5), ("where 1=1", 7, 7)],
    ),
    "raw text and braces in quotes": (
        "select '{{ \"}}\" }}' as a,\n{% raw %}  '{{ x }}'\n as b{% endraw %}\nfrom t",
        [("select '}}' as a,", 1, 1), ("  '{{ x }}'", 2, 2), (" as b", 3, 3), ("from t", 4, 4)],
    ),
    "a text in a variable": (
        "{% set cond %}\n  id > 1\n  and id < 3\n{% endset %}\nselect 1\nwhere {{ cond | trim }}",
        [("select 1", 5, 5), ("where id > 1", 6, 6), ("  and id < 3", 3, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_each_line_is_of_the_line_that_made_it(
    source: str, expected: list[tuple[str, int, int]]
) -> None:
    assert mapped(source) == expected


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_windows_line_ends_are_line_ends(source: str, expected: list[tuple[str, int, int]]) -> None:
    assert mapped(source.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("source", [source for source, _ in CASES.values()], ids=CASES)
def test_marks_leave_what_is_rendered_as_it_is(source: str) -> None:
    assert read_marks(render(marked(source)))[0] == render(source)


def test_what_compares_a_marked_text_is_aligned_with_what_was_compiled() -> None:
    source = (
        "{% set word %}yes{% endset %}\nselect 1\n{% if word == 'yes' %}\n, 2 as two\n{% endif %}\n"
        "from t"
    )
    assert mapped(source) == [("select 1", 2, 2), (", 2 as two", 2, 6), ("from t", 6, 6)]


def test_without_a_rendering_the_block_between_known_lines_is_told() -> None:
    source = "select\n  id,\n{% for c in run_query('…') %}\n  {{ c }},\n{% endfor %}\n  1\nfrom t"
    compiled = "select\n  id,\n\n  a,\n\n  b,\n\n  1\nfrom t"
    lines = map_lines(compiled, source)
    assert lines[1] == SourceLines(2, 2)
    assert lines[3] == lines[5] == SourceLines(3, 5)
    assert lines[7:] == [SourceLines(6, 6), SourceLines(7, 7)]


def test_an_ephemeral_model_has_a_file_of_its_own() -> None:
    ephemeral = "{# note #}\nselect\n  {{ one() }} as id"
    compiled = f"with __dbt__cte__e as (\n{render(ephemeral)}\n) select id\nfrom __dbt__cte__e"
    found = place_lines(
        compiled,
        render(marked("select id\nfrom __dbt__cte__e")),
        [(render(marked(ephemeral)), "models/e.sql", 2)],
        ("models/m.sql", 0),
    )
    assert found[3] == ("models/e.sql", SourceLines(5, 5))
    assert found[5] == ("models/m.sql", SourceLines(2, 2))


def test_lines_before_the_code_in_its_file_are_counted() -> None:
    assert first_line_in("\r\n\r\n{% snapshot s %}\r\nselect 1\r\n", "select 1") == 3
    assert first_line_in("edited since", "select 1") == 0


def test_code_with_signs_of_marks_is_left_alone() -> None:
    assert marked("select '\ue000'") == "select '\ue000'"
    assert marked("select {{ 'torn") == "select {{ 'torn"
