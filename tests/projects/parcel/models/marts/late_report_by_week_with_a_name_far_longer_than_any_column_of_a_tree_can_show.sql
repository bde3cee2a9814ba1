{{ config(alias='late_report_by_week') }}
select weeks.week, count(*) as late_count
from {{ ref('late_parcels') }} as late
inner join {{ ref('parcel_prices') }} as prices on late.parcel_id = prices.parcel_id
inner join {{ ref('calendar', 'calendar_weeks') }} as weeks
    on prices.sent_on between weeks.week and weeks.week + 6
group by weeks.week
