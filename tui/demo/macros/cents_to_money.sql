{% macro cents_to_money(column_name, decimals=2) %}
    round({{ column_name }} / 100.0, {{ decimals }})::decimal(16, {{ decimals }})
{% endmacro %}
