{{
    config(
        group='billing',
        pre_hook="create table if not exists {{ target.schema }}.audit (model varchar, built_at timestamp)",
        post_hook=[
            "insert into {{ target.schema }}.audit values ('{{ this.identifier }}', now()::timestamp)",
            "{{ announce('priced') }}",
        ]
    )
}}
select parcels.parcel_id, parcels.city, parcels.sent_on, rates.price
from {{ ref('dim_parcels') }} as parcels
inner join {{ ref('stg_rates') }} as rates on parcels.weight_band = rates.weight_band
