{{ config(group='till') }}
select * from {{ ref('till_takings') }}
