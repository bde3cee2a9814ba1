{{ config(materialized='view') }}

select
    customers.customer_id,
    customers.customer_name,
    customers.email,
    segments.segment
from {{ ref('customers') }} as customers
inner join {{ ref('customer_segments') }} as segments
    on customers.customer_id = segments.customer_id
where customers.wants_newsletter
    and segments.segment <> 'not yet'
