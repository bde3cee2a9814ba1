-- The months together hold exactly the money of the days.
with days as (
    select sum(revenue) as revenue from {{ ref('daily_sales') }}
),

months as (
    select sum(revenue) as revenue from {{ ref('monthly_revenue') }}
)

select
    days.revenue as daily_revenue,
    months.revenue as monthly_revenue
from days
cross join months
where days.revenue <> months.revenue
