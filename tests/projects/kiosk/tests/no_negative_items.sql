select * from {{ ref('stock') }} where item_id < 0
