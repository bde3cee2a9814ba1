{#- Writes to stdout and to the log, as users' macros do; runs no SQL. -#}
{% macro announce(message) %}
    {% if execute %}
        {{ print("print: " ~ message) }}
        {% do log("log: " ~ message, info=true) %}
    {% endif %}
{% endmacro %}
