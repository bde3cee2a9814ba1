-- The seed that fills this source must be loaded first (why: _sources.yml).
-- depends_on: {{ ref('raw_payments') }}
select
    id as payment_id,
    order_id,
    method as payment_method,
    {{ cents_to_money('amount_cents') }} as amount,
    paid_at,
    amount_cents < 0 as is_refund
from {{ source('till', 'payments') }}
