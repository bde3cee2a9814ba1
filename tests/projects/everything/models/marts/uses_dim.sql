select a.item_id from {{ ref('dim_item') }} as a
join {{ ref('dim_item', v=1) }} as b using (item_id)
