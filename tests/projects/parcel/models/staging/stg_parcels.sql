select
    parcel_id,
    depot_id,
    weight_g,
    {{ parcel_utils.weight_band('weight_g') }} as weight_band,
    sent_on,
    status
from {{ ref('parcels') }}
