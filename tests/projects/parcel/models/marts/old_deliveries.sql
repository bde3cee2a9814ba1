{{ config(enabled=false) }}
select * from {{ ref('deliveries') }}
