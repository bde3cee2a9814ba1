"""A small project in which every way that a node can end happens in one build."""

from pathlib import Path

from tests.endless import ENDLESS_QUERY

SECRET = "hunter2-the-secret"

FILES = {
    "dbt_project.yml": """\
name: workshop
version: "1.0.0"
profile: workshop
flags:
  send_anonymous_usage_stats: false
  require_generic_test_arguments_property: true
on-run-start:
  - create table if not exists started (moment timestamptz)
  - insert into started values (now())
on-run-end:
  - >-
    {% for result in results if result.node.name == 'breaks_the_end' %}
    select * from nowhere_to_be_found
    {% endfor %}
""",
    "profiles.yml": """\
workshop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: workshop.duckdb
      threads: 2
""",
    "seeds/fruits.csv": "id,name\n1,apple\n2,pear\n3,\n",
    "macros/shout.sql": "{% macro shout(words) %}{% do print(words) %}{% endmacro %}\n",
    "models/stg_fruits.sql": "select * from {{ ref('fruits') }}\n",
    "models/named.sql": (
        "{{ config(materialized='table') }}\nselect * from {{ ref('stg_fruits') }}\n"
    ),
    "models/after_named.sql": "select * from {{ ref('named') }}\n",
    "models/warned.sql": "select * from {{ ref('stg_fruits') }}\n",
    "models/after_warned.sql": "select * from {{ ref('warned') }}\n",
    "models/broken.sql": "select id,\n  no_such_column\nfrom {{ ref('stg_fruits') }}\n",
    "models/after_broken.sql": "select * from {{ ref('broken') }}\n",
    "models/far_after_broken.sql": "select * from {{ ref('after_broken') }}\n",
    "models/passing_by.sql": (
        "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('fruits') }}\n"
    ),
    "models/after_passing_by.sql": "select * from {{ ref('passing_by') }}\n",
    "models/raising.sql": (
        "{{ config(materialized='ephemeral') }}\nselect 1 as id\n"
        "{% if execute %}{{ exceptions.raise_compiler_error('Not like this') }}{% endif %}\n"
    ),
    "models/after_raising.sql": "select * from {{ ref('raising') }}\n",
    "models/doubled.sql": "select id * 2 as id from {{ ref('fruits') }}\n",
    "models/tripled.sql": "select id * 3 as id from {{ ref('fruits') }}\n",
    "models/after_tripled.sql": "select * from {{ ref('tripled') }}\n",
    "models/growing.sql": (
        "{{ config(materialized='incremental') }}\nselect id from {{ ref('fruits') }}\n"
        "{% if is_incremental() %}where id > 2{% endif %}\n"
    ),
    "models/talking.sql": (
        "{{ shout('said on stdout') }}\n"
        "{{ log('\\x1b[31msaid in red\\x1b[0m [bold]not markup[/bold]', info=true) }}\n"
        "select 1 as id\n"
    ),
    "models/telling.sql": f"select '{SECRET}' as id\n",
    "models/_workshop.yml": """\
models:
  - name: named
    columns:
      - name: name
        data_tests:
          - not_null
  - name: warned
    columns:
      - name: name
        data_tests:
          - not_null:
              config: {severity: warn}
  - name: stg_fruits
    columns:
      - name: id
        data_tests: [unique]
unit_tests:
  - name: two_becomes_four
    model: doubled
    given:
      - input: ref('fruits')
        rows: [{id: 2, name: x}]
    expect:
      rows: [{id: 4}]
  - name: two_becomes_five
    model: tripled
    given:
      - input: ref('fruits')
        rows: [{id: 2, name: x}]
    expect:
      rows: [{id: 5}]
""",
    "snapshots/kept.yml": """\
snapshots:
  - name: kept
    relation: ref('fruits')
    config: {strategy: check, check_cols: all, unique_key: id, schema: main}
""",
    "tests/fruits_have_parents.sql": (
        "select f.id from {{ ref('fruits') }} f join {{ ref('named') }} n using (id) where false\n"
    ),
}

NOT_IN_A_BUILD = {
    "models/looped.sql": (
        "\r\n\r\n{{ config(materialized='table') }}\r\nwith looped as (\r\n"
        "{% for column in ['id', 'nme'] %}\r\n"
        "  select cast({{ column }} as varchar) as told\r\n  from {{ ref('passing_by') }}\r\n"
        "  {% if not loop.last %}union all{% endif %}\r\n{% endfor %}\r\n)\r\n"
        "select * from looped\r\n"
    ),
    "models/asking.sql": (
        "{% set found = run_query('select 1 as a') if execute else {'rows': []} %}\nselect\n"
        "  1 as one,\n"
        "{% for row in found.rows %}\n  cast('x' as nonsense_type) as two_{{ row[0] }}\n"
        "{% endfor %}\n"
    ),
    "models/undefined.sql": (
        "\n\nselect\n  {{ no_such_package.shout('it') }} as id\nfrom {{ ref('fruits') }}\n"
    ),
    "models/refusing.sql": (
        "select 1 as id\n{% if execute %}\n"
        "  {{ exceptions.raise_compiler_error('Not like this: ' ~ this.name) }}\n{% endif %}\n"
    ),
    "models/breaks_the_end.sql": "select 1 as id\n",
    "models/slow.sql": ("{{ config(materialized='table') }}\n" + ENDLESS_QUERY),
    "models/after_slow.sql": "select * from {{ ref('slow') }}\n",
    "models/endless.py": (
        "def model(dbt, session):\n"
        "    number = 0\n"
        "    while number < 10**18:\n"
        "        number += 1\n"
        "    return dbt.ref('fruits')\n"
    ),
}
"""Models that one test each asks for by name."""


def write_workshop(root: Path) -> Path:
    """Write the project and return its directory."""
    for name, text in {**FILES, **NOT_IN_A_BUILD}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


LEFT_OUT = frozenset(Path(name).stem for name in NOT_IN_A_BUILD)
