-- A completed order has been paid to the cent. Each row is an order that was not.
select
    order_id,
    order_total,
    amount_paid
from {{ ref('orders') }}
where order_status = 'completed'
    and order_total <> amount_paid
