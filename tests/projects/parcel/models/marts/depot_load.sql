-- Still on the first version.
select depot_id, count(*) as parcel_count, sum(weight_g) as weight_g
from {{ ref('dim_parcels', v=1) }}
group by depot_id
