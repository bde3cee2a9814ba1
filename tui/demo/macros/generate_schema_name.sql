{#- dbt would put a model configured with `schema: marts` into `main_marts`.
    In DuckDB each target has a database file of its own, so the plain name is enough. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%} {{ target.schema }}
    {%- elif target.type == 'duckdb' -%} {{ custom_schema_name | trim }}
    {%- else -%} {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
