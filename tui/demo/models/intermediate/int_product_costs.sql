select
    product_id,
    count(*) as supply_count,
    sum(unit_cost) as unit_cost,
    bool_or(is_perishable) as is_perishable,
    min(units_on_hand) as units_on_hand,
    max(lead_time_days) as lead_time_days
from {{ ref('stg_supplies') }}
group by product_id
