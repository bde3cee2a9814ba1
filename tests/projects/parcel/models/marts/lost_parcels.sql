{{ config(materialized='ephemeral') }}
select parcel_id, sent_on from {{ ref('stg_parcels') }} where status = 'lost'
