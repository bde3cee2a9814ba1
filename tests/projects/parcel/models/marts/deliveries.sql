{{ config(materialized='incremental', unique_key='parcel_id', group='logistics', access='private') }}
select parcels.parcel_id, parcels.city, min(scans.scanned_at) as first_seen, max(scans.scanned_at) as last_seen
from {{ ref('dim_parcels', v=2) }} as parcels
inner join {{ ref('stg_scans') }} as scans on parcels.parcel_id = scans.parcel_id
{% if is_incremental() %}
where scans.scanned_at > (select max(last_seen) from {{ this }})
{% endif %}
group by all
