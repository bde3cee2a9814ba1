-- Ephemeral: it has no table of its own, dbt writes it into the models that use it.
{{ config(materialized='ephemeral') }}

select
    order_id,
    sum(amount) as amount_paid,
    sum(case when payment_method = 'voucher' then amount else 0 end) as amount_by_voucher,
    -sum(case when is_refund then amount else 0 end) as amount_refunded,
    min(paid_at) as first_paid_at
from {{ ref('stg_payments') }}
group by order_id
