{{ config(materialized='ephemeral') }}
select item_id, {{ with_tax('price') }} as price from {{ ref('stg_items') }}
