select shop_id, sum(base_prices.price)::integer as total
from {{ ref('base_prices') }} as base_prices join {{ ref('stg_items') }} using (item_id)
group by shop_id
