{% macro label(column) %}'#' || {{ column }}{% endmacro %}
