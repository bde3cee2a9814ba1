{% snapshot parcel_status %}
{{
    config(
        schema='history',
        unique_key='parcel_id',
        strategy='check',
        check_cols=['status']
    )
}}
select parcel_id, status from {{ ref('stg_parcels') }}
{% endsnapshot %}
