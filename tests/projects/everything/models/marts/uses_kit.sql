select * from {{ ref('kit', 'kit_days') }}
