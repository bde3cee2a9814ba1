{#- dbt would put a model configured with `schema: marts` into `main_marts`.
    Here each target has a database file of its own, so the plain name is enough. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
