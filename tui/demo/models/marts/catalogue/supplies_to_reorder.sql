-- The latest order is "today": the demo's year is over.
with latest_sales as (
    select
        items.product_id,
        sum(items.quantity) / {{ var('velocity_days') }}.0 as units_per_day
    from {{ ref('int_order_items_priced') }} as items
    inner join {{ ref('orders') }} as orders
        on items.order_id = orders.order_id
    where orders.is_sale
        and orders.order_date > (
            select max(order_date) - {{ var('velocity_days') }} from {{ ref('orders') }}
        )
    group by items.product_id
)

select
    supplies.supply_id,
    supplies.supply_name,
    supplies.supplier,
    products.product_name,
    supplies.units_on_hand,
    supplies.lead_time_days,
    round(latest_sales.units_per_day, 2) as units_per_day,
    cast(floor(supplies.units_on_hand / latest_sales.units_per_day) as integer) as days_left
from {{ ref('stg_supplies') }} as supplies
inner join {{ ref('products') }} as products
    on supplies.product_id = products.product_id
inner join latest_sales
    on supplies.product_id = latest_sales.product_id
where products.is_active
    and supplies.units_on_hand / latest_sales.units_per_day < supplies.lead_time_days
order by days_left
