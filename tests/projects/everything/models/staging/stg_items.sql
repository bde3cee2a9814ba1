-- depends_on: {{ ref('items') }}
select item_id, shop_id, name, price, sold_on from {{ source('raw', 'items') }}
