{#- Stands for the loader that fills the source `carrier`. -#}
{% macro load_carrier_rates() %}
    create schema if not exists carrier;
    create table if not exists carrier.rates as
    select * from (
        values ('light', 390), ('medium', 690), ('heavy', 1490)
    ) as rates (weight_band, price_cents)
{% endmacro %}
