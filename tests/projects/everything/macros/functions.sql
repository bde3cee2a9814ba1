{# DuckDB's functions have no declared types. #}
{% macro duckdb__scalar_function_sql(target_relation) %}
  create or replace function {{ target_relation.render() }}
  ({{ model.arguments | map(attribute='name') | join(', ') }}) as ({{ model.compiled_code }})
{% endmacro %}
