{{ config(materialized='view', group='billing') }}
select days.day, days.is_holiday, coalesce(sum(prices.price), 0) as revenue
from {{ ref('calendar_days') }} as days
left join {{ ref('parcel_prices') }} as prices on days.day = prices.sent_on
group by all
