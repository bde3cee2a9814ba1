{% macro with_tax(column) -%}
  ({{ column }} * (100 + {{ var('tax_percent') }}) / 100)
{%- endmacro %}

{% macro rounded(column) -%}
  round({{ with_tax(column) }}, 2)
{%- endmacro %}
