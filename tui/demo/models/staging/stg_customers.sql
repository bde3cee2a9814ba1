select
    id as customer_id,
    first_name || ' ' || last_name as customer_name,
    lower(email) as email,
    neighbourhood,
    joined_on,
    newsletter as wants_newsletter
from {{ ref('raw_customers') }}
