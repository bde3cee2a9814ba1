select weight_band, price_cents / 100.0 as price from {{ source('carrier', 'rates') }}
