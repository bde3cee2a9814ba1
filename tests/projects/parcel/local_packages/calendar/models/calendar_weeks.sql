{{ config(materialized='view') }}
select distinct date_trunc('week', day)::date as week from {{ ref('calendar_days') }}
