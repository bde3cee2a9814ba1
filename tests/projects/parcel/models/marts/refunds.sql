select lost.parcel_id, prices.price as refund
from {{ ref('lost_parcels') }} as lost
inner join {{ ref('parcel_prices') }} as prices on lost.parcel_id = prices.parcel_id
