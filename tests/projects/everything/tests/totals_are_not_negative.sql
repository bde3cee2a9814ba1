{{ config(tags=['sums']) }}
select * from {{ ref('item_totals') }} where total < 0
