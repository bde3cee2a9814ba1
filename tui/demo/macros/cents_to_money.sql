{% macro cents_to_money(column_name, decimals=2) %}
    cast(round({{ column_name }} / 100.0, {{ decimals }}) as decimal(16, {{ decimals }}))
{% endmacro %}
