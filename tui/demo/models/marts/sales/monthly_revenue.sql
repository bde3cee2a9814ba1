with months as (
    select
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month,
        sum(order_count) as order_count,
        sum(revenue) as revenue,
        sum(margin) as margin
    from {{ ref('daily_sales') }}
    group by 1
)

select
    month,
    order_count,
    revenue,
    margin,
    round(100 * margin / nullif(revenue, 0), 1) as margin_percent,
    revenue - lag(revenue) over (order by month) as revenue_change
from months
order by month
