select depot_id, city, region from {{ ref('depots') }}
