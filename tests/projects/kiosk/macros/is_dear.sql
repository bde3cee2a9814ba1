{% macro is_dear(column) %}{{ column }} > 1{% endmacro %}
