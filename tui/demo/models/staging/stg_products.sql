select
    id as product_id,
    sku,
    name as product_name,
    category,
    {{ cents_to_money('price_cents') }} as price,
    is_active,
    listed_on
from {{ ref('raw_products') }}
