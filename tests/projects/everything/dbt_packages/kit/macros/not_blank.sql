{% test not_blank(model, column_name) %}
  select * from {{ model }} where {{ kit.trimmed(column_name) }} = ''
{% endtest %}

{% macro trimmed(column) -%}
  trim({{ column }})
{%- endmacro %}
