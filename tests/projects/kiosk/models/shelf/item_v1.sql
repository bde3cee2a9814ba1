select id as item_id, name from {{ ref('goods') }}
