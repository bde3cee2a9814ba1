{{ config(materialized='view', enabled=target.type != 'spark') }}

select
    product_id,
    product_name,
    price,
    lag(price) over (partition by product_id order by dbt_valid_from) as price_before,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('product_history') }}
