{% test at_least(model, column_name, minimum) %}
  {{ config(severity='error') }}
  select * from {{ model }} where {{ column_name }} < {{ minimum }}
{% endtest %}
