with sales as (
    select
        customers.customer_id,
        cast({{ dbt.date_trunc('month', 'customers.first_order_date') }} as date) as cohort_month,
        {{ dbt.datediff('customers.first_order_date', 'orders.order_date', 'month') }} as months_later
    from {{ ref('orders') }} as orders
    inner join {{ ref('customers') }} as customers
        on orders.customer_id = customers.customer_id
    where orders.is_sale
)

select
    cohort_month,
    months_later,
    count(distinct customer_id) as customer_count
from sales
group by cohort_month, months_later
order by cohort_month, months_later
