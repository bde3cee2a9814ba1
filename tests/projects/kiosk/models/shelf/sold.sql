select * from {{ ref('item', v=1) }} join {{ source('till', 'sales') }} using (item_id)
