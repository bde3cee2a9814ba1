{{ config(group='logistics') }}
select parcel_id, city, last_seen - first_seen as travel_time
from {{ ref('deliveries') }}
where last_seen - first_seen > interval 1 day
{% if var('break', false) %}
    and no_such_column = 1
{% endif %}
