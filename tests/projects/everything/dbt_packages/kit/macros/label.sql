{% macro label(column) -%}
  {{ return(adapter.dispatch('label', 'kit')(column)) }}
{%- endmacro %}

{% macro default__label(column) -%}
  'kit ' || {{ column }}
{%- endmacro %}
