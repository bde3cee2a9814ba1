"""The tags of a template, and the calls in them, at their places."""

from __future__ import annotations

import pytest

from tui.refactoring.calls import Call, in_python, in_template
from tui.refactoring.jinja import tags


def calls(text: str) -> list[tuple[str, list[str | None]]]:
    return [
        (one.function, [each.value if each else None for each in one.arguments])
        for one in in_template(text).calls
    ]


def test_tags_stand_where_they_are_whatever_the_line_ends() -> None:
    text = "a\r\n{%- if x -%}\r\n b {{ {'k': '}}'}['k'] }}{# {{ no }} #}\r\n{% endif %}"
    assert [text[tag.start : tag.end] for tag in tags(text)] == [
        "{%- if x -%}",
        "{{ {'k': '}}'}['k'] }}",
        "{# {{ no }} #}",
        "{% endif %}",
    ]


def test_what_is_raw_is_passed_over_and_a_tag_that_never_ends_is_the_last() -> None:
    text = "{% raw %}{{ ref('a') }}{% endraw %}{{ ref('b') }} {{ ref('c')"
    assert calls(text) == [("ref", ["b"]), ("ref", ["c"])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ ref('a') }}", [("ref", ["a"])]),
        ('{{ref("a",v=2)}}', [("ref", ["a"])]),
        ("{{ ref('p', 'a', version='1') }}", [("ref", ["p", "a"])]),
        ("{{ builtins.ref(\n  'a'\n) }}", [("ref", ["a"])]),
        ("{{ shop.ref('a') }}", []),
        ("{% macro ref(name) %}{% endmacro %}", []),
        ("{{ ref(name) }}", [("ref", [None])]),
        ("{{ ref('a' ~ x) }}", [("ref", [None])]),
        ("{{ ref('a\\'b') }}", [("ref", [None])]),
        ("{{ join([ref('a'), ref('b')]) }}", [("ref", ["a"]), ("ref", ["b"])]),
        ("{% set x = source('s', 't') %}", [("source", ["s", "t"])]),
        ("{{ config(post_hook=\"grant on {{ ref('a') }} to x\") }}", [("ref", ["a"])]),
        ("-- {{ ref('a') }}", [("ref", ["a"])]),
        ("{# {{ ref('a') }} #} ref('b')", []),
    ],
)
def test_calls_are_found_as_dbt_reads_them(
    text: str, found: list[tuple[str, list[str | None]]]
) -> None:
    assert calls(text) == found


def test_texts_that_name_something_else_are_left_out() -> None:
    text = "{{ doc('a') }}{{ var('b') }}{{ config(alias='c') }}{{ f('d', ref('e')) }}"
    assert [one.value for one in in_template(text).texts] == ["d"]


def test_python_is_read_as_python() -> None:
    text = (
        "def model(dbt, session):\n"
        "    é = 1; a = dbt.ref('a'); b = dbt.ref(\n        \"b\", v=1)\n"
        "    c = dbt.source('s', 't')  # dbt.ref('no')\n"
        "    return session.table('named')\n"
    )
    found = in_python(text)
    names = [(one.function, [text[x.start : x.end] for x in one.arguments if x])
             for one in found.calls]  # fmt: skip
    assert sorted(names) == [("ref", ["a"]), ("ref", ["b"]), ("source", ["s", "t"])]
    assert [one.value for one in found.texts] == ["named"]
    assert in_python("def (").calls == ()
    assert isinstance(found.calls[0], Call)
