select {{ kit.label('city') }} as label from {{ ref('city_totals') }}
