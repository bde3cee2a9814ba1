select * from {{ ref('stg_items') }} order by price desc limit 1
