select item_id, name, price from {{ ref('stg_items') }}
