select shop_id, city from {{ ref('shops') }}
