select item_id, name from {{ ref('stg_items') }}
