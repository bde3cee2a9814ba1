{% snapshot item_states %}
{{ config(unique_key='item_id', strategy='check', check_cols=['price', 'name']) }}
select item_id, name, price from {{ ref('stg_items') }}
{% endsnapshot %}
