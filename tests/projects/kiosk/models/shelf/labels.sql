{{ config(materialized='ephemeral') }}
select {{ kit.label('item_id') }} as label from {{ ref('stock') }}
