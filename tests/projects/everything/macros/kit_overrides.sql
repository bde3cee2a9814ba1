{% macro everything__label(column) -%}
  'everything ' || {{ column }}
{%- endmacro %}
