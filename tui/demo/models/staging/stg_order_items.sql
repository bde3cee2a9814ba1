-- The seed that fills this source must be loaded first (why: _sources.yml).
-- depends_on: {{ ref('raw_order_items') }}
select
    id as order_item_id,
    order_id,
    product_id,
    quantity,
    {{ cents_to_money('unit_price_cents') }} as unit_price
from {{ source('till', 'order_items') }}
