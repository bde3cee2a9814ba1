-- Segments by how often, how lately and how much a customer buys: the first that fits.
with today as (
    select max(latest_order_date) as day from {{ ref('customers') }}
),

ages as (
    select
        customers.*,
        today.day - customers.latest_order_date as days_since_order,
        today.day - customers.joined_on as days_since_join
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
