select id as item_id, name, price from {{ ref('goods') }}
