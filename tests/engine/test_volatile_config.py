"""Which keys of a configuration have another value at each parse."""

from types import SimpleNamespace
from typing import Any

import pytest

from tui.engine.records.volatile_config import volatile_keys


def macro(name: str, text: str, *calls: str) -> Any:
    return SimpleNamespace(
        name=name,
        package_name="shop",
        macro_sql=text,
        depends_on=SimpleNamespace(macros=[f"macro.shop.{call}" for call in calls]),
    )


MACROS = {
    "macro.shop.today": macro("today", "{% macro today() %}{{ run_started_at }}{% endmacro %}"),
    "macro.shop.day": macro("day", "{% macro day() %}{{ today() }}{% endmacro %}", "today"),
    "macro.shop.fixed": macro("fixed", "{% macro fixed() %}1{% endmacro %}"),
}


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("{{ config(at=run_started_at) }}", {"at"}),
        ("{{ config(at=run_started_at.strftime('%Y'), alias='a') }}", {"at"}),
        ("{{ config({'run': invocation_id, 'alias': 'a'}) }}", {"run"}),
        ("{% set day = run_started_at | string %}{{ config(meta={'day': day}) }}", {"meta"}),
        ("{{ config(at=modules.datetime.datetime.now()) }}", {"at"}),
        ("{{ config(at=modules.datetime.timedelta(days=1)) }}", set()),
        ("{{ config(at=day(), other=fixed()) }}", {"at"}),
        ("{{ config(alias='a') }} select '{{ run_started_at }}'", set()),
        ("{{ config(post_hook=\"select '{{ run_started_at }}'\") }}", set()),
        ("{{ config(at=run_started_at }}", set()),
    ],
)
def test_keys_that_are_rendered_from_the_clock(code: str, keys: set[str]) -> None:
    calls = [name for name in MACROS if f"{name.rpartition('.')[2]}()" in code]
    node = SimpleNamespace(
        raw_code=code, language="sql", unrendered_config={},
        depends_on=SimpleNamespace(macros=calls),
    )  # fmt: skip
    assert volatile_keys(node, MACROS) == keys


def test_keys_of_yaml_that_are_rendered_from_the_clock() -> None:
    node = SimpleNamespace(
        raw_code="select 1", language="sql", depends_on=SimpleNamespace(macros=[]),
        unrendered_config={
            "at": "{{ run_started_at }}", "tags": ["nightly"],
            "post_hook": ["select '{{ invocation_id }}'"],
        },
    )  # fmt: skip
    assert volatile_keys(node, MACROS) == {"at"}
