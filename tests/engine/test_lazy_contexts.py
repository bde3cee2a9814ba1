"""What templates read of a context that is made as it is read is what dbt would have put there."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest

from tests.engine.engine_process import Engine
from tests.engine.test_running import plain_dbt, results

pytestmark = pytest.mark.timeout(600)

FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        vars: {n: 1, text: "{{ target.name }}", utils: {deep: {a: [1, 2]}}}
        dispatch: [{macro_namespace: utils, search_order: [shop, utils]}]
    """,
    "profiles.yml": """
        shop:
          target: dev
          outputs: {dev: {type: duckdb, path: shop.duckdb, threads: 3}}
    """,
    "packages.yml": "packages: [{local: utils}]",
    "utils/dbt_project.yml": """
        name: utils
        version: "1.0"
    """,
    "utils/macros/cents.sql": """
        {% macro cents(column) %}
          {{ return(adapter.dispatch('cents', 'utils')(column)) }}
        {% endmacro %}
        {% macro default__cents(column) %}{{ column }} * 100 {{ var('deep') }}{% endmacro %}
        {% macro both() %}utils, {{ context['shop'].get('both', 'none')() }}{% endmacro %}
    """,
    "utils/models/of_utils.sql": "select 1 as a -- {{ both() }} {{ utils.both() }}",
    "macros/own.sql": """
        {% macro duckdb__cents(column) %}{{ column }} * 1000{% endmacro %}
        {% macro both() %}both of shop{% endmacro %}
        {% macro invocation_args_dict() %}a macro named as a member{% endmacro %}
        {% macro ref() %}{{ return(builtins.ref(*varargs, **kwargs)) }}{% endmacro %}
        {% macro of_caller() %}<{{ caller() }}>{% endmacro %}
        {% macro count_calls(found) %}
          {%- do found.append(model.name) %}{{ found | length }}
        {%- endmacro %}
        {% test above(model, column_name, least) %}
          select * from {{ model }} where {{ column_name }} < {{ least }}
          -- {{ context['project_name'] }}
        {% endtest %}
    """,
    "models/names.sql": """
        select 1 as n
        -- {{ context.keys() | list | sort | join(' ') }}
        -- {{ builtins.keys() | list | sort | join(' ') }}
        -- {{ context['utils'] | list | sort }} {{ context | length }} {{ builtins | length }}
        -- {{ dbt.keys() | list | sort | join(' ') }}
    """,
    "models/members.sql": """
        select 1 as n
        -- {{ invocation_args_dict() }} {{ ref('names') }} {{ modules.datetime.date(2020, 1, 2) }}
        -- {{ flags.WHICH }} {{ flags.FULL_REFRESH }} {{ builtins.invocation_args_dict['which'] }}
        -- {{ var('n') }} {{ var('text') }} {{ var('nothing', 'none') }} {{ var.has_var('n') }}
        -- {{ exceptions.keys() | list | sort }} {{ exceptions is mapping }} {{ context is mapping}}
        -- {{ 'cents' in context }} {{ 'utils' in context }} {{ 'nothing' in context }}
        -- {{ nothing is defined }} {{ both is defined }} {{ context.nothing is defined }}
        -- {{ exceptions.warn('a warning') }}
    """,
    "models/calls.sql": """
        select {{ utils.cents('1') }} as n, {{ dbt.concat(["'a'", "'b'"]) }} as c
        -- {{ both() }}, {{ shop.both() }}, {{ utils.both() }}, {{ context['utils']['both']() }}
        -- {{ context.get('both')() }}
        -- {% call of_caller() %}{{ this.identifier }}{% endcall %}
        -- {% set found = [] %}{{ count_calls(found) }} {{ count_calls(found) }}
    """,
    "models/changes.sql": """
        {% do context.update({'marker': 7}) %}
        {% do context.pop('both', none) %}
        select {{ context['marker'] }} as n
        -- {{ 'both' in context }} {{ context.get('both', 'no') is string }}
        -- {{ context.setdefault('m', 2) }}
        {% for name, value in context.items() if name == 'project_name' %}-- {{ value }}{% endfor %}
    """,
    "models/fails.sql": """
        select 1
        {% if execute %}{{ exceptions.raise_compiler_error('fails: ' ~ model.name) }}{% endif %}
    """,
    "models/undefined.sql": "select {% if execute %}{{ utils.nothing() }}{% endif %}",
    "models/properties.yml": """
        models:
          - name: names
            columns:
              - name: n
                data_tests:
                  - not_null
                  - above: {arguments: {least: "{{ var('n') }}"}}
                  - accepted_values: {arguments: {values: [1, 2], quote: false}}
          - name: calls
            columns:
              - name: n
                data_tests:
                  - relationships: {arguments: {to: ref('calls'), field: n}}
        unit_tests:
          - name: with_other_macros
            model: calls
            overrides:
              macros: {utils.cents: "5"}
              vars: {n: 4}
            given: []
            expect: {rows: [{n: 5, c: ab}]}
    """,
}  # fmt: skip


def write_shop(root: Path) -> Path:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
    (root / "dbt_packages").mkdir()
    shutil.move(root / "utils", root / "dbt_packages" / "utils")
    return root


def code(root: Path) -> dict[str, str]:
    """All compiled code, by its path."""
    target = root / "target"
    found = [*(target / "compiled").rglob("*.*ql"), *(target / "run").rglob("*.*ql")]
    return {str(path.relative_to(target)): path.read_text("utf-8") for path in found}


def test_a_build_is_that_of_dbt(tmp_path: Path) -> None:
    root, plain = write_shop(tmp_path / "shop"), write_shop(tmp_path / "plain")
    plain_dbt(plain, "build", "--profiles-dir", ".")
    engine = Engine(root, {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})
    try:
        outcome = engine.run(engine.all_nodes())
    finally:
        engine.close()
    expected = results(plain)
    statuses = {one["unique_id"]: one["status"] for one in expected}
    assert set(statuses.values()) >= {"success", "pass", "error"}
    assert outcome.statuses() == statuses
    messages = {one["unique_id"]: (one["message"], one["compiled_code"]) for one in expected}
    assert {
        one["unique_id"]: (one["message"], one["compiled_code"]) for one in results(root)
    } == messages
    there = code(plain)
    assert len(there) > 10
    assert code(root) == there
