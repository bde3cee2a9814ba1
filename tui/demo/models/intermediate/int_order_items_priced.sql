select
    items.order_item_id,
    items.order_id,
    items.product_id,
    products.category,
    items.quantity,
    items.quantity * items.unit_price as item_total,
    items.quantity * costs.unit_cost as item_cost,
    items.quantity * (items.unit_price - costs.unit_cost) as item_margin
from {{ ref('stg_order_items') }} as items
inner join {{ ref('stg_products') }} as products
    on items.product_id = products.product_id
left join {{ ref('int_product_costs') }} as costs
    on items.product_id = costs.product_id
