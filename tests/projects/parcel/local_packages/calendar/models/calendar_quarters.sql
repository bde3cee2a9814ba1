select distinct date_trunc('quarter', day)::date as quarter from {{ ref('calendar_days') }}
