select city, {{ rounded('total') }} as total
from {{ ref('item_totals') }} join {{ ref('stg_shops') }} using (shop_id)
