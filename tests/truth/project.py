"""A small project in which every kind of input that dbt knows reaches some model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

FILES = {
    "dbt_project.yml": """\
name: ledger
version: "1.0.0"
profile: ledger
flags:
  send_anonymous_usage_stats: false
vars:
  n: 1
  m: one
  in_hook: 1
  unused: 1
  ledger:
    scoped: 1
dispatch:
  - macro_namespace: kit
    search_order: [kit, ledger]
quoting:
  identifier: true
model-paths: [models, linked_models]
models:
  ledger:
    +materialized: view
    by_folder:
      +materialized: table
on-run-start: "select 1"
""",
    # All that is installed is named: dbt-core 1.12 wants it so.
    "packages.yml": "packages:\n  - local: kit\n  - {package: tests/lib, version: 1.0.0}\n",
    "kit/dbt_project.yml": "name: kit\nversion: '1.0.0'\nvars:\n  of_kit: 1\n",
    "kit/macros/pick.sql": (
        "{% macro pick() %}{{ return(adapter.dispatch('pick', 'kit')()) }}{% endmacro %}\n"
        "{% macro default__pick() %}'of the kit'{% endmacro %}\n"
    ),
    "kit/models/kit_model.sql": "select {{ var('of_kit') }} as kit\n",
    # A package as `dbt deps` installs it from elsewhere.
    "dbt_packages/lib/dbt_project.yml": "name: lib\nversion: '1.0.0'\n",
    "dbt_packages/lib/macros/shown.sql": (
        "{% macro shown(column) %}coalesce({{ column }}, 0){% endmacro %}\n"
    ),
    "dbt_packages/lib/models/lib_model.sql": "select {{ shown('1') }} as lib\n",
    # What links lead to: a directory that dbt searches, a file, and a directory that it skips.
    "elsewhere/searched/behind_path.sql": "select 1 as searched\n",
    "elsewhere/file/by_link.sql": "select 1 as linked\n",
    "elsewhere/skipped/behind_link.sql": "select 1 as skipped\n",
    "macros/pick.sql": "{% macro default__pick() %}'of the ledger'{% endmacro %}\n",
    "macros/shape.sql": (
        "{% macro shape(column) %}{{ inner_shape(column) }}{% endmacro %}\n"
        "{% macro inner_shape(column) %}{{ column }} || '{{ var('m') }}'{% endmacro %}\n"
    ),
    "macros/named.sql": (
        "{% macro generate_schema_name(custom_schema_name, node) %}"
        "{{ target.schema }}{% if custom_schema_name %}_{{ custom_schema_name }}{% endif %}"
        "{% endmacro %}\n"
    ),
    "macros/unread.sql": "{% macro unread() %}1{% endmacro %}\n",
    "macros/materialization.sql": (
        "{% materialization listed, default %}"
        "{% call statement('main') %}create or replace view {{ this }} as {{ sql }}{% endcall %}"
        "{{ return({'relations': [this]}) }}{% endmaterialization %}\n"
    ),
    "models/by_var.sql": "select {{ var('n') }} as n\n",
    "models/by_default.sql": "select {{ var('absent', 7) }} as n, {{ var('scoped') }} as s\n",
    "models/by_dynamic_var.sql": "{% set name = 'n' %}select {{ var(name) }} as n\n",
    "models/by_branch.sql": "select 1 as a{% if false %}, {{ var('n') }} as n{% endif %}\n",
    "models/by_env.sql": "select '{{ env_var('LEDGER_REGION', 'eu') }}' as region\n",
    "models/by_source.sql": "select * from {{ source('raw', 'sales') }}\n",
    "models/thing_v1.sql": "select 1 as id\n",
    "models/thing_v2.sql": "select 2 as id\n",
    "models/by_ref.sql": "select * from {{ ref('thing') }}\n",
    "models/by_pinned_ref.sql": "select * from {{ ref('thing', v=1) }}\n",
    "models/placed.sql": "{{ config(alias='placed_here', schema='side') }}\nselect 1 as id\n",
    "models/reads_placed.sql": "select * from {{ ref('placed') }}\n",
    "models/by_macro.sql": "select {{ shape(\"'x'\") }} as x\n",
    "models/by_dispatch.sql": "select {{ kit.pick() }} as picked\n",
    "models/by_meta.sql": (
        "select '{{ model.get('meta', {}).get('colour') }}' as colour,"
        " '{{ model.columns.keys() | list | join('-') }}' as names\n"
    ),
    "models/by_graph.sql": (
        "select '{% for node in graph.nodes.values() if node.resource_type == 'model' %}"
        "{{ node.name }} {% endfor %}' as names\n"
    ),
    "models/by_adapter.sql": (
        "select '{{ adapter.type() }}' as kind, {{ adapter.quote('q') }} from (select 1 as q)\n"
    ),
    "models/by_target.sql": "select '{{ target.schema }}' as s, '{{ target.name }}' as t\n",
    "models/inline.sql": "{{ config(materialized='ephemeral') }}\nselect {{ var('n') }} as n\n",
    "models/by_inline.sql": "select * from {{ ref('inline') }}\n",
    "models/growing.sql": (
        "{{ config(materialized='incremental', unique_key='id') }}\nselect 1 as id"
        "{% if is_incremental() %} where {{ var('n') }} > 1{% endif %}\n"
    ),
    "models/by_query.sql": (
        "{% if execute %}{% set found = run_query('select 1 as a').columns[0].values()[0] %}"
        "{% endif %}select {{ found }} as a, '{{ var('m') }}' as m\n"
    ),
    "models/by_clock.sql": "select '{{ run_started_at }}' as at, {{ var('n') }} as n\n",
    "models/by_now.sql": "select '{{ modules.datetime.datetime.now() }}' as at\n",
    "models/clocked_config.sql": (
        "{{ config(made_at=run_started_at | string, run=invocation_id) }}\nselect 1 as id\n"
    ),
    "models/documented.sql": (
        "{{ config(persist_docs={'relation': true, 'columns': true}) }}\nselect 1 as id\n"
    ),
    "models/undocumented.sql": "select 1 as id\n",
    "models/contracted.sql": (
        "{{ config(contract={'enforced': true}) }}\nselect cast(1 as integer) as id\n"
    ),
    "models/hooked.sql": (
        "{{ config(post_hook=\"select '{{ var('in_hook') }}'\") }}\nselect 1 as id\n"
    ),
    "models/listed.sql": "{{ config(materialized='listed') }}\nselect 1 as id\n",
    "models/by_folder/foldered.sql": "select 1 as id\n",
    "models/pythonic.py": (
        "def model(dbt, session):\n"
        "    dbt.config(packages=['numpy'])\n"
        "    return dbt.ref('by_var')\n"
    ),
    "models/packed.py": "def model(dbt, session):\n    return dbt.ref('by_var')\n",
    "models/by_package.sql": "select {{ lib.shown('2') }} as shown\n",
    "models/_models.yml": """\
models:
  - name: packed
    config: {packages: [numpy]}
  - name: thing
    latest_version: 1
    versions: [{v: 1}, {v: 2}]
  - name: by_meta
    config: {meta: {colour: red}}
    columns: [{name: colour}]
  - name: documented
    description: As it is.
    columns: [{name: id, description: The id.}]
  - name: undocumented
    description: As it is.
    config: {tags: [a], meta: {owner: me}}
    columns: [{name: id, description: The id., data_tests: [not_null]}]
  - name: contracted
    columns: [{name: id, data_type: integer}]
""",
    "models/_sources.yml": """\
sources:
  - name: raw
    database: ledger
    schema: main
    tables:
      - name: sales
        identifier: sales
""",
    "seeds/rates.csv": "id,rate\n1,2\n",
    "seeds/large.csv": "id,name\n" + "".join(f"{n},{'x' * 200}\n" for n in range(5500)),
    "snapshots/states.yml": """\
snapshots:
  - name: states
    relation: source('raw', 'sales')
    config: {unique_key: id, strategy: check, check_cols: all}
""",
}


LINKS = {
    "dbt_packages/kit": "kit",  # what `dbt deps` does with a local package
    "linked_models": "elsewhere/searched",
    "models/by_link.sql": "elsewhere/file/by_link.sql",
    "models/skipped": "elsewhere/skipped",
}


@dataclass(frozen=True)
class State:
    """A project with all that dbt is called with."""

    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    env: dict[str, str] = field(default_factory=dict)
    vars: str = ""
    schema: str = "main"
    target: str = "dev"

    def edited(self, path: str, old: str, new: str) -> State:
        """With a piece of a file replaced, wherever it stands."""
        return self.written(path, self.files[path].replace(old, new))

    def written(self, path: str, text: str) -> State:
        """With another file."""
        return replace(self, files={**self.files, path: text})

    def write(self, root: Path) -> None:
        """Write it into an empty directory."""
        for path, text in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode("utf-8"))
        for path, target in LINKS.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(root / target)
        outputs = "".join(
            f"    {name}: {{type: duckdb, path: ledger.duckdb, schema: {self.schema}}}\n"
            for name in ("dev", "other")
        )
        (root / "profiles.yml").write_text(f"ledger:\n  target: dev\n  outputs:\n{outputs}")
