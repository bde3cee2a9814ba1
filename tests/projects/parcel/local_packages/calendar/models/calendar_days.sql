select
    days.day::date as day,
    holidays.day is not null as is_holiday
from range(
    date '{{ var("calendar_start") }}', date '{{ var("calendar_start") }}' + interval 90 day, interval 1 day
) as days (day)
left join {{ ref('holidays') }} as holidays on days.day = holidays.day
