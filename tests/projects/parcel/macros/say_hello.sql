{#- For `dbt run-operation say_hello`. -#}
{% macro say_hello(name='parcel') %}
    {{ print("hello " ~ name) }}
{% endmacro %}
