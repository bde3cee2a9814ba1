select * from {{ ref('labels') }} cross join {{ ref('kit_days') }}
