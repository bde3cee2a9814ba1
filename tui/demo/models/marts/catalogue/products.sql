with sales as (
    select
        items.product_id,
        sum(items.quantity) as units_sold,
        sum(items.item_total) as revenue,
        sum(items.item_margin) as margin
    from {{ ref('int_order_items_priced') }} as items
    inner join {{ ref('orders') }} as orders
        on items.order_id = orders.order_id
    where orders.is_sale
    group by items.product_id
)

select
    products.product_id,
    products.sku,
    products.product_name,
    products.category,
    products.price,
    costs.unit_cost,
    costs.is_perishable,
    costs.units_on_hand,
    costs.lead_time_days,
    products.is_active,
    coalesce(sales.units_sold, 0) as units_sold,
    coalesce(sales.revenue, 0) as revenue,
    coalesce(sales.margin, 0) as margin
from {{ ref('stg_products') }} as products
left join {{ ref('int_product_costs') }} as costs
    on products.product_id = costs.product_id
left join sales
    on products.product_id = sales.product_id
