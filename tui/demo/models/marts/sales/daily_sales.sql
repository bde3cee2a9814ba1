-- Incremental: a normal run counts only the latest days again and keeps the rest;
-- a full refresh (f in dbtree) counts all of them.
{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite' if target.type == 'spark' else 'delete+insert',
        unique_key='order_date',
        on_schema_change='append_new_columns'
    )
}}
{% if target.type == 'spark' %}{{ config(partition_by=['order_date'], file_format='parquet') }}{% endif %}

select
    order_date,
    count(*) as order_count,
    count(distinct customer_id) as customer_count,
    sum(item_count) as item_count,
    sum(order_total) as revenue,
    sum(order_margin) as margin
from {{ ref('orders') }}
where is_sale
    {% if is_incremental() %}
    and order_date >= (
        select max(order_date) - {{ var('daily_sales_lookback_days') }} from {{ this }}
    )
    {% endif %}
group by order_date
