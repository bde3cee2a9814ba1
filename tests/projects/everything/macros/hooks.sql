{% macro note(what) -%}
  insert into audit values ('{{ what }}')
{%- endmacro %}

{% macro note_the_end() -%}
  {# Exposures and saved queries are results of a build too; dbt does nothing with them. #}
  {% if execute %}
    {% set models = results | selectattr('node.resource_type', 'equalto', 'model') | list %}
    {{ note('end of ' ~ models | length) }}
  {% endif %}
{%- endmacro %}
