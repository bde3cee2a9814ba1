-- The seed that fills this source must be loaded first (why: _sources.yml).
-- depends_on: {{ ref('raw_supplies') }}
select
    id as supply_id,
    product_id,
    name as supply_name,
    supplier,
    {{ cents_to_money('unit_cost_cents') }} as unit_cost,
    lead_time_days,
    is_perishable,
    units_on_hand
from {{ source('till', 'supplies') }}
