select parcel_id, depot_id, weight_g, status from {{ ref('stg_parcels') }}
