{% macro weight_band(column_name) %}
    case
        when {{ column_name }} < 1000 then 'light'
        when {{ column_name }} < 5000 then 'medium'
        else 'heavy'
    end
{% endmacro %}
