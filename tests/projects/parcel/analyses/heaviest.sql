select * from {{ ref('dim_parcels') }} order by weight_g desc limit 10
