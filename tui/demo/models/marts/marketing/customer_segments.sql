-- Sorts the customers into segments by how often, how lately and how much they buy.
-- The first condition that holds names the segment.
with today as (
    select max(latest_order_date) as day from {{ ref('customers') }}
),

ages as (
    select
        customers.customer_id,
        customers.order_count,
        customers.lifetime_value,
        {{ dbt.datediff('customers.latest_order_date', 'today.day', 'day') }} as days_since_order,
        {{ dbt.datediff('customers.joined_on', 'today.day', 'day') }} as days_since_join
    from {{ ref('customers') }} as customers
    cross join today
)

select
    customer_id,
    case
        when order_count = 0 then 'not yet'
        when order_count >= 6 and days_since_order <= 60 then 'regular'
        when order_count >= 6 then 'slipping away'
        when lifetime_value >= 60 then 'big spender'
        when days_since_join <= 90 then 'new'
        else 'occasional'
    end as segment,
    order_count,
    days_since_order,
    lifetime_value
from ages
