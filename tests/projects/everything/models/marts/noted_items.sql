{{ config(materialized='noted', post_hook="{{ note('noted_items') }}") }}
select * from {{ ref('stg_items') }}
