-- The contract of a table in Spark depends on its format.
{% if target.type == 'spark' %}{{ config(file_format='parquet') }}{% endif %}
with order_totals as (
    select
        order_id,
        sum(quantity) as item_count,
        sum(item_total) as order_total,
        sum(item_margin) as order_margin
    from {{ ref('int_order_items_priced') }}
    group by order_id
)

select
    cast(orders.order_id as integer) as order_id,
    cast(orders.customer_id as integer) as customer_id,
    orders.ordered_at,
    orders.order_date,
    orders.order_status,
    orders.channel,
    orders.order_status not in ('cancelled', 'returned') as is_sale,
    cast(coalesce(totals.item_count, 0) as integer) as item_count,
    cast(coalesce(totals.order_total, 0) as decimal(16, 2)) as order_total,
    cast(coalesce(totals.order_margin, 0) as decimal(16, 2)) as order_margin,
    cast(coalesce(payments.amount_paid, 0) as decimal(16, 2)) as amount_paid
from {{ ref('stg_orders') }} as orders
left join order_totals as totals
    on orders.order_id = totals.order_id
left join {{ ref('int_order_payments') }} as payments
    on orders.order_id = payments.order_id
