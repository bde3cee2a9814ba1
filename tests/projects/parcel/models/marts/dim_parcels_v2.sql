select
    parcels.parcel_id,
    parcels.weight_g,
    parcels.weight_band,
    parcels.sent_on,
    parcels.status,
    depots.city
from {{ ref('stg_parcels') }} as parcels
left join {{ ref('stg_depots') }} as depots on parcels.depot_id = depots.depot_id
